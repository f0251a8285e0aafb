"""What the embedded service takes and refuses; nothing that is sent makes it fail."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.service.app import Service
from contracts.service.body import JSON, MAX_TEXT
from contracts.service.hooks import MAX_BODY
from tests.helpers.service_helpers import (
    BEARER,
    CHOICE,
    CONTRACT,
    FIRST,
    READ,
    TAKEN,
    TEXT,
    User,
    valid,
)

# ------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b'"text"', 400), (b"\xff{}", 400),
        (b'{"a": NaN}', 400), (b'{"a": 1, "a": 1}', 400), (rb'{"a": "\ud800"}', 400),
        (b"\xef\xbb\xbf{}", 400), (b"[" * 100_000, 400), (b'{"a": ' + b"9" * 5000 + b"}", 400),
        (b" " * MAX_BODY, 400), (b" " * (MAX_BODY + 1), 413),
    ],
)  # fmt: skip
@pytest.mark.parametrize("endpoint", ["create", "one-click"])
def test_a_body_that_is_no_json_object_is_refused(
    user: User, endpoint: str, content: bytes, status: int
) -> None:
    answer = user.send(endpoint, content=content, headers={"Content-Type": JSON})
    assert answer.status_code == status
    assert user.service.credentials(FIRST) is None


@pytest.mark.parametrize(
    ("media_type", "status"),
    [
        ("application/json", 201), ("Application/JSON; charset=utf-8", 201),
        ("application/vnd.leaf+json;v=1", 201), ("text/plain", 415), ("", 415),
        ("application/x-www-form-urlencoded", 201), ("application/jsonp", 415),
    ],
)  # fmt: skip
def test_only_json_is_taken(user: User, media_type: str, status: int) -> None:
    content = json.dumps(valid()).encode()
    answer = user.send("create", content=content, headers={"Content-Type": media_type})
    assert answer.status_code == status


@pytest.mark.parametrize("name", TAKEN.fields)
def test_each_field_must_be_there_with_its_type(user: User, name: str) -> None:
    body = valid()
    del body[name]
    values: list[Any] = [None, 1, True, [], {}, "x" * (MAX_TEXT + 1)]
    for one in [body, *(valid(**{name: value}) for value in values)]:
        answer = user.send("create", one)
        assert answer.status_code == 400
        assert name in answer.json()["message"]
    assert user.service.credentials(FIRST) is None


@pytest.mark.parametrize(
    "value", ["stage", "STAGE ", "", "STAGE\n", "PROD", "\uff33TAGE", "\u017fTAGE"]
)
def test_near_misses_of_a_value_are_refused(user: User, value: str) -> None:
    assert user.send("create", valid(**{CHOICE: value})).status_code == 400


def test_a_body_sent_in_chunks_is_read(user: User) -> None:
    content = json.dumps(valid()).encode()
    chunks = iter([content[:10], content[10:]])
    answer = user.send("create", content=chunks, headers={"Content-Type": JSON})
    assert answer.status_code == 201


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)


@settings(deadline=None)
@given(text=TEXTS, further=st.dictionaries(TEXTS, TEXTS, max_size=2))
def test_texts_are_kept_exactly_and_further_fields_ignored(
    text: str, further: dict[str, str]
) -> None:
    user = User(Service())
    body = {**further, **valid(**{TEXT: text})}
    assert user.send("create", body).status_code == 201
    assert user.send("read").json()[TEXT] == text
    assert user.send("read").json().keys() == (READ.answers and READ.answers.fields.keys())


def test_errors_repeat_nothing_that_was_sent(user: User) -> None:
    needle = "needle-in-a-request"
    bodies: list[Any] = [valid(**{CHOICE: needle}), {needle: needle}, [needle], needle]
    answers = [user.send("create", body) for body in bodies]
    answers.append(user.send("create", content=f'{{"{needle}": 1, "{needle}": 1}}'.encode()))
    answers.append(user.http.get(f"/{needle}?{needle}={needle}", headers={"X-N": needle}))
    answers.append(User(user.service, Authorization=f"Bearer {needle}").send("read"))
    assert all(400 <= answer.status_code < 500 for answer in answers)
    assert not any(needle in answer.text or needle in str(answer.headers) for answer in answers)


# ------------------------------------------------------------- never a 5xx


BASE_PATH = Service().base_path


def path_of(endpoint: str, leaf: str = FIRST) -> str:
    (name,) = CONTRACT.path_parameters
    return BASE_PATH + CONTRACT.endpoints[endpoint].path.replace(f"{{{name}}}", leaf)


def run(
    service: Service, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, bytes]:
    """Call the application as a server does that checks nothing."""
    seen: list[str] = []
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "SERVER_NAME": "x",
        "SERVER_PORT": "80", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), **headers,
    }  # fmt: skip
    content = b"".join(service(environ, lambda status, *_: seen.append(status)))  # type: ignore
    return int(seen[0].split()[0]), content


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)
METHODS = st.sampled_from(["GET", "POST", "DELETE", "HEAD", "PUT", "OPTIONS"]) | st.text(max_size=9)
PATHS = st.one_of(
    st.sampled_from([path_of(endpoint) for endpoint in CONTRACT.endpoints]),
    st.sampled_from(["/api/authenticate", BASE_PATH + "/users", "", "/", "//", "*"]),
    st.text(max_size=20).map(lambda leaf: path_of("read", leaf)),
    st.text(max_size=40),
)
LATIN_1 = st.text(st.characters(max_codepoint=255), max_size=20)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "HTTP_AUTHORIZATION": st.just(BEARER["Authorization"]) | st.text(max_size=20),
        "CONTENT_TYPE": st.just(JSON) | LATIN_1,
        "CONTENT_LENGTH": st.integers(-1, 10**12).map(str) | LATIN_1,
        "HTTP_TRANSFER_ENCODING": st.just("chunked") | LATIN_1,
        "HTTP_HOST": LATIN_1,
        "HTTP_COOKIE": LATIN_1,
        "QUERY_STRING": LATIN_1,
    },
)
BODIES = st.one_of(
    st.binary(max_size=60),
    ANYTHING.map(lambda value: json.dumps(value).encode()),
    st.builds(
        lambda name, value: json.dumps(valid(**{name: value})).encode(),
        st.sampled_from(list(TAKEN.fields)),
        ANYTHING,
    ),
)


@settings(max_examples=200, deadline=None)
@given(method=METHODS, path=PATHS, headers=HEADERS, body=BODIES, authorized=st.booleans())
def test_nothing_that_is_sent_makes_it_fail(
    method: str, path: str, headers: dict[str, str], body: bytes, authorized: bool
) -> None:
    if authorized:
        known = {"HTTP_AUTHORIZATION": BEARER["Authorization"], "CONTENT_TYPE": JSON}
        headers = {**headers, **known, "CONTENT_LENGTH": str(len(body))}
    service = Service()
    status, content = run(service, method, path, headers, body)
    assert 200 <= status < 500
    if content:
        json.loads(content)
    # Nor does what it stored.
    bearer = {"HTTP_AUTHORIZATION": BEARER["Authorization"]}
    assert run(service, "GET", path_of("read"), bearer)[0] in (200, 404)


def test_tokens_beyond_ascii() -> None:
    service = Service(token="pä✓")
    on_the_wire = "pä✓".encode().decode("latin-1")
    for token, status in ((on_the_wire, 404), ("pä✓", 401), ("\ud800", 401), ("pä?", 401)):
        environ = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        assert run(service, "GET", path_of("read"), environ)[0] == status
