"""What the request examples send: the token's scheme, headers, media types, queries, values."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

import pytest

from contracts.drift.differences.change import Change, main_page
from contracts.drift.differences.every import compare
from contracts.drift.page.reader import read
from contracts.drift.questions.every import new, raised
from contracts.spec.load import load
from tests.helpers import drift_pages
from tests.helpers.drift_pages import line_with, swapped

CONTRACT = load()
PAGE = drift_pages.page(CONTRACT)
EVENTS = CONTRACT.endpoints["events"]
CREATE = CONTRACT.endpoints["create"]
CHOICE = next(iter(CREATE.takes.choices)) if CREATE.takes else ""
EVENTS_SECTION = f"### {EVENTS.source.heading}"
CREATE_SECTION = f"### {CREATE.source.heading}"
SHELL, PYTHON, JAVASCRIPT = (
    "'Authorization: Bearer YOUR_TOKEN'",
    "{'Authorization': f'Bearer {TOKEN}'}",
    "{ 'Authorization': `Bearer ${TOKEN}` }",
)


def changes(text: str) -> list[Change]:
    return compare(CONTRACT, read(text))


def ids(*patterns: str) -> set[str]:
    return {r for r in CONTRACT.requirements for p in patterns if fnmatchcase(r, p)}


def put(old: str, instead: str, after: str = EVENTS_SECTION) -> Callable[[str], str]:
    return lambda text: swapped(text, old, instead, after)


def tab(language: str, code: str) -> Callable[[str], str]:
    """A further tab with an example of the last endpoint."""
    item = f'  <TabItem value="x">\n\n  ```{language}\n  {code}\n  ```\n\n  </TabItem>\n</Tabs>'
    return put("</Tabs>", item)


OTHER_SCHEMES = {
    "curl": (put("Bearer", "Basic", f"{EVENTS_SECTION}\n"), "Basic"),
    "curl-token": (put("Bearer YOUR", "Token YOUR"), "Token"),
    "curl-bare": (put("Bearer YOUR_TOKEN", "YOUR_TOKEN"), ""),
    "curl-user": (put(f"-H {SHELL}", "-u me:secret"), "Basic"),
    "python": (put(PYTHON, "{'Authorization': f'Basic {TOKEN}'}"), "Basic"),
    "python-auth": (put("headers=headers", "auth=('me', 'secret')"), "Basic"),
    "javascript": (put(JAVASCRIPT, "{ Authorization: `Basic ${TOKEN}` }"), "Basic"),
    "javascript-bare": (put(JAVASCRIPT, "{ Authorization: 'YOUR_TOKEN' }"), ""),
    "go": (tab("go", 'req.Header.Set("Authorization", "Basic "+token)'), "Basic"),
    "java": (tab("java", 'builder.header("Authorization", "Basic " + token);'), "Basic"),
    "php": (tab("php", "$headers = ['Authorization' => 'Basic ' . $token];"), "Basic"),
    "ruby": (tab("ruby", 'request["Authorization"] = "Basic #{token}"'), "Basic"),
    "http": (tab("http", "GET /x\n  Authorization: Basic abc"), "Basic"),
}


@pytest.mark.parametrize("name", OTHER_SCHEMES)
def test_another_scheme_of_authorization_is_breaking(name: str) -> None:
    edit, scheme = OTHER_SCHEMES[name]
    found = changes(edit(PAGE))
    (change,) = [change for change in found if change.what == "scheme"]
    assert (change.kind, change.severity) == ("changed", "breaking")
    assert f"“{scheme}”" in change.sentence if scheme else "no scheme" in change.sentence
    assert EVENTS.request in change.sentence
    assert set(change.requirements) == ids("events.succeeds", "events.auth*")
    assert {c.what for c in found} == {"scheme"}


SAME_SCHEME = {
    "small-letters": lambda text: text.replace("Bearer ", "bearer "),
    "a-variable": put("Bearer YOUR_TOKEN", "Bearer $TOKEN"),
    "python-sum": put("f'Bearer {TOKEN}'", "'Bearer ' + TOKEN"),
    "python-format": put("f'Bearer {TOKEN}'", "'Bearer {}'.format(TOKEN)"),
    "python-name": put("f'Bearer {TOKEN}'", "authorization"),
    "javascript-sum": put("`Bearer ${TOKEN}`", "'Bearer ' + TOKEN"),
    "double-quotes": put(SHELL, '"Authorization: Bearer $TOKEN"'),
    "go": tab("go", 'req.Header.Set("Authorization", "Bearer "+token)'),
    "java": tab("java", 'builder.header("Authorization", "Bearer " + token);'),
    "php": tab("php", "$headers = ['Authorization' => 'Bearer ' . $token];"),
    "http": tab("http", "GET /x\n  Authorization: Bearer abc\n  Accept: */*"),
    "accept": put(f"-H {SHELL}", f"-H 'Accept: application/json' -H {SHELL}"),
    "json": put("Content-Type: application/json", "Content-Type: application/json; charset=utf-8",
                CREATE_SECTION),
    "a-name-used-again": put("headers=headers)", "headers=headers)\n  headers = response.json()"),
    "silent": lambda text: text.replace("curl -X", "curl -s -X"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME_SCHEME)
def test_the_same_headers_in_other_words_are_passed_over(name: str) -> None:
    text = SAME_SCHEME[name](PAGE)
    assert text != PAGE
    assert changes(text) == []
    assert new(raised(read(text)), CONTRACT.questions) == []


@pytest.mark.parametrize(
    ("edit", "header"),
    [
        (put(SHELL, "'X-Api-Key: YOUR_TOKEN'"), "x-api-key"),
        (put(f"-H {SHELL}", f"-H {SHELL} -H 'Leaf-Version: 2'"), "leaf-version"),
        (put(PYTHON, "{'X-Api-Key': TOKEN}"), "x-api-key"),
        (put(JAVASCRIPT, "{ 'apikey': TOKEN }"), "apikey"),
        (tab("go", 'req.Header.Set("X-Api-Key", token)'), "x-api-key"),
        (tab("http", "GET /x\n  X-Api-Key: abc"), "x-api-key"),
        (put("headers=headers", "headers=headers, cookies={'session': 'x'}"), "cookie"),
        (put("{ headers }", "{ headers, withCredentials: true }"), "cookie"),
        (put(f"-H {SHELL}", f"-H {SHELL} -b session=x"), "cookie"),
    ],
    ids=[
        "curl",
        "curl-too",
        "python",
        "javascript",
        "go",
        "http",
        "python-cookie",
        "javascript-cookie",
        "curl-cookie",
    ],
)
def test_another_header_is_breaking(edit: Callable[[str], str], header: str) -> None:
    (change,) = changes(edit(PAGE))
    assert (change.kind, change.what, change.name) == ("added", "header", header)
    assert change.severity == "breaking"
    assert set(change.requirements) == ids("events.succeeds", "events.auth*")


def test_what_all_examples_send_is_said_once_with_all_endpoints() -> None:
    text = PAGE.replace("Bearer", "Basic")
    (change,) = changes(text)
    assert change.line == line_with(text, "'Authorization'")
    shown = [e for e in CONTRACT.endpoints.values() if e.source.page == main_page(CONTRACT)]
    mentioned = [e for e in shown if e.request not in change.sentence]
    assert [e.id for e in mentioned] == ["one-click"]


def test_examples_that_send_no_token_any_more_are_notable() -> None:
    text = PAGE
    for header, instead in ((f"-H {SHELL} ", ""), (PYTHON, "{}"), (JAVASCRIPT, "{}")):
        text = text.replace(header, instead)
    (change,) = changes(text)
    assert (change.kind, change.what, change.severity) == ("removed", "token", "notable")


def test_an_example_without_a_token_beside_others_raises_a_question() -> None:
    text = swapped(PAGE, f"-H {SHELL} ", "", EVENTS_SECTION)
    assert changes(text) == []
    (question,) = new(raised(read(text)), CONTRACT.questions)
    assert question.kind == "example-headers-differ"


def test_an_example_that_its_shell_cannot_read_is_not_passed_over() -> None:
    text = swapped(PAGE, "curl -X", "curl 'left open -X", CREATE_SECTION)
    (question,) = new(raised(read(text)), CONTRACT.questions)
    assert question.kind == "example-not-readable"


def test_an_example_in_a_language_that_is_not_read_raises_no_question() -> None:
    text = swapped(PAGE, "curl -X", "wget --method", CREATE_SECTION)
    assert new(raised(read(text)), CONTRACT.questions) == []


def test_another_media_type_of_a_body_is_breaking() -> None:
    text = swapped(PAGE, "application/json", "application/xml", CREATE_SECTION)
    (change,) = changes(text)
    assert (change.what, change.name, change.severity) == (
        "media-type", "application/json", "breaking",
    )  # fmt: skip
    assert change.requirements == ("create.succeeds",)


QUERIES = {
    "section": put(f"`{EVENTS.path}`", f"`{EVENTS.path}?page={{page}}`"),
    "template": put(f"`{EVENTS.path}`", f"`{EVENTS.path}{{?page}}`"),
    "curl": put("/events'\n  ```\n\n  </TabItem>\n</Tabs>", "/events?page=2'\n  ```\n\n"
                "  </TabItem>\n</Tabs>"),
    "curl-G": put("curl -X GET", "curl -X GET -G -d page=2"),
    "python": put("headers=headers", "headers=headers, params={'page': 2}"),
    "javascript": put("{ headers }", "{ headers, params: { page: 2 } }"),
}  # fmt: skip


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_parameter_is_notable(name: str) -> None:
    text = QUERIES[name](PAGE)
    (change,) = changes(text)
    assert (change.kind, change.what, change.severity) == ("added", "query", "notable")
    assert change.name == f"{EVENTS.request} page"
    assert set(change.requirements) == ids("events.*")


def test_a_query_parameter_in_the_table_is_found() -> None:
    row = "`/users/{leafUserId}/panorama-credentials`\n\n## The"
    text = swapped(PAGE, row, row.replace("`\n", "{?force,why}`\n"))
    found = changes(text)
    assert [(c.what, c.name.split()[-1]) for c in found] == [("query", "force"), ("query", "why")]


@pytest.mark.parametrize(
    ("edit", "kind"),
    [
        (put(f'"{CHOICE}": "STAGE"', f'"{CHOICE}": "TEST"', "curl -X POST"),
         "example-has-other-values"),
        (put("curl -X POST", "curl -X PUT", CREATE_SECTION), "example-has-another-method"),
        (put("https://api.", "https://api2.", "curl -X POST"), "example-has-another-url"),
    ],
    ids=["value", "method", "address"],
)  # fmt: skip
def test_an_example_that_contradicts_its_endpoint_raises_a_question(
    edit: Callable[[str], str], kind: str
) -> None:
    text = edit(PAGE)
    assert changes(text) == []
    assert [q.kind for q in new(raised(read(text)), CONTRACT.questions)] == [kind]
