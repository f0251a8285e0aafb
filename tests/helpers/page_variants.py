"""Small pages of made-up APIs, each written in another way; what each must be read as."""

from __future__ import annotations

from dataclasses import dataclass, field

BASE = "https://barn.example/v2/api"
SAID = f"---\ntitle: Silos\n---\nAll paths follow this address:\n\n```\n{BASE}\n```\n\n"
ONE = "/farms/{farmId}/silo"


@dataclass(frozen=True)
class Variant:
    """A page; its request lines, the fields of the bodies and answers by request, choices by field,
    secrets, what must be sent, and questions that must be among those asked.
    """

    page: str
    requests: set[str]
    takes: dict[str, set[str]] = field(default_factory=dict)
    answers: dict[str, set[str]] = field(default_factory=dict)
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    base_url: str = BASE


def badge(method: str, colour: str = "") -> str:
    return f'<span class="badge badge--{colour or "info"}">{method}</span>'


def section(title: str, method: str, path: str, *rest: str) -> str:
    return f"### {title}\n\n{badge(method)} `{path}`\n\n" + "\n\n".join(rest) + "\n\n"


def body(text: str) -> str:
    return f"#### Request body\n\n```json\n{text}\n```"


def answer(text: str) -> str:
    return f"#### Response\n\n```json\n{text}\n```"


def shell(text: str) -> str:
    return f"#### Request examples\n\n```shell\n{text}\n```"


POST, GET, DELETE = (f"{method} {ONE}" for method in ("POST", "GET", "DELETE"))
TABLE_FIELDS = """\
| Name | Type | Mandatory | What it is |
| --- | --- | --- | --- |
| `seed` | string | yes | The seed |
| `level` | string | yes | One of `LOW`, `MID` or `HIGH` |
| `note` | string | no | A note |
"""
HTML_FIELDS = """\
<table>
  <tr><th>Field</th><th>Type</th><th>Required</th><th>Description</th></tr>
  <tr><td><code>seed</code></td><td>string</td><td>Yes</td><td>The seed</td></tr>
  <tr>
    <td><code>level</code></td>
    <td>string</td>
    <td>Yes</td>
    <td>LOW / MID / HIGH</td>
  </tr>
  <tr><td><code>note</code></td><td>string</td><td>No</td><td>A note</td></tr>
</table>
"""
TAG_FIELDS = """\
<ParamField body="seed" type="string" required>The seed</ParamField>
<ParamField body="level" type="string" required>
  LOW | MID | HIGH
</ParamField>
<ParamField body="note" type="string">A note</ParamField>
<ParamField path="farmId" type="string">The farm</ParamField>
"""
LEVELS = {"level": ("LOW", "MID", "HIGH")}
SENT = '{"seed": "oats", "level": "LOW", "note": "n"}'
THREE = {"seed", "level", "note"}


def newer(command: str, fields: str = TABLE_FIELDS) -> Variant:
    """A page of the newer kind, whose one command stands in any language."""
    page = (
        f"# Silos\n\n<Tip>\n  Read `GET {ONE}` first.\n</Tip>\n\n## Build\n\n{command}\n\n"
        f"## Fields\n\n{fields}"
    )
    return Variant(page, {POST, GET}, {POST: THREE}, choices=LEVELS, required={"seed", "level"})


def fenced(language: str, code: str) -> str:
    return f"```{language} theme={{null}}\n{code}\n```"


URL = f"{BASE}{ONE}"
COMMANDS = {
    "curl": fenced("bash", f"curl -X POST \\\n  -d '{SENT}' \\\n  '{URL}'"),
    "curl-url-first": fenced("sh", f"curl '{URL}' -H 'A: b' --data-raw '{SENT}'"),
    "curl-joined": fenced("shell", f"curl --request=POST --data='{SENT}' {URL!r}"),
    "curl-json": fenced("console", f"curl --json '{SENT}' '{URL}'"),
    "curl-xpost": fenced("bash", f"curl -XPOST '{URL}' --data-binary '{SENT}'"),
    "httpie": fenced("bash", f"http POST '{URL}' Authorization:'Bearer T' seed=a level=LOW note=b"),
    "python": fenced("python", f"import requests\nrequests.post('{URL}', json={SENT})"),
    "axios": fenced("js", f"axios.post('{URL}', {SENT}, {{ headers }})"),
    "fetch": fenced("js", f"fetch('{URL}', {{ method: 'POST', body: JSON.stringify({SENT}) }})"),
}

WRITTEN = '{"level": %s, "seed": "str"}'
SEED = body('{"seed": "str"}')
CHOICES = {
    "or-between": '"LOW" or "MID" or "HIGH"',
    "or-inside": '"LOW or MID or HIGH"',
    "bar-between": '"LOW" | "MID" | "HIGH"',
    "bar-inside": '"LOW | MID | HIGH"',
    "bar-close": '"LOW|MID|HIGH"',
    "slash": '"LOW/MID/HIGH"',
    "slash-spaced": '"LOW / MID / HIGH"',
}
EXAMPLES = {
    "mail": "barn@example.org", "phone": "+1 555 0100", "url": "https://barn.example/x",
    "colour": "light blue", "nick": "bob", "id": "6f1c8f3e-6a0b-4b3e-9a43-0d1f4f6a7b10",
    "nothing": "", "code": "A-17", "day": "2026-01-15", "unicode": "café",
}  # fmt: skip


def table(*rows: str) -> str:
    return "What | Endpoints\n--- | ---\n" + "\n".join(rows) + "\n\n"


def rows(get: str = ONE, post: str = ONE, delete: str = ONE, method: str = "DELETE") -> str:
    return table(
        f"[See it](#see-it) | {badge('GET')} `{get}`", f"Build it | {badge('POST')} `{post}`",
        f"Raze it | {badge(method, 'danger')} `{delete}`",
    )  # fmt: skip


def three(see: str = ONE, build: str = ONE, raze: str = ONE, method: str = "DELETE") -> str:
    return (
        section("See it", "GET", see, answer('{"id": "uuid", "seed": "str"}'))
        + section("Build it", "POST", build, body('{"seed": "str"}'))
        + f"### Raze it\n\n{badge(method, 'danger')} `{raze}`\n\n"
        + shell(f"curl -X DELETE -H 'Authorization: Bearer T' '{URL}'") + "\n\n"
    )  # fmt: skip


ALL = {GET, POST, DELETE}
FORMS = {POST: {"seed"}}
VARIANTS: dict[str, Variant] = {
    **{f"command-{name}": newer(command) for name, command in COMMANDS.items()},
    "fields-html": newer(COMMANDS["curl"], HTML_FIELDS),
    "fields-tags": Variant(
        SAID + section("Build it", "POST", ONE, TAG_FIELDS), {POST}, {POST: THREE},
        choices=LEVELS, required={"seed", "level"}),
    "fields-table": Variant(
        SAID + section("Build it", "POST", ONE, TABLE_FIELDS), {POST}, {POST: THREE},
        choices=LEVELS, required={"seed", "level"}),
    "two-tables": Variant(
        SAID + section("Build it", "POST", ONE, TABLE_FIELDS)
        + section("See it", "GET", ONE, "#### Response\n\n| Field | Type |\n| --- | --- |\n"
                  "| id | uuid |\n| weight | number |\n"),
        {POST, GET}, {POST: THREE}, {GET: {"id", "weight"}}, LEVELS, required={"seed", "level"}),
    **{f"choice-{name}": Variant(
        SAID + section("Build it", "POST", ONE, body(WRITTEN % text)), {POST},
        {POST: {"level", "seed"}}, choices=LEVELS) for name, text in CHOICES.items()},
    **{f"example-{name}": Variant(
        SAID + section("Build it", "POST", ONE, body(
            '{"first": "str", "NAME": "VALUE", "last": "int"}'
            .replace("NAME", name).replace("VALUE", value))), {POST},
        {POST: {"first", name, "last"}}) for name, value in EXAMPLES.items()},
    "lone-value-first": Variant(
        SAID + section("See it", "GET", ONE, answer('{"mood": "CALM"}'))
        + section("Build it", "POST", ONE, answer('{"mood": "str"}')),
        {GET, POST}, answers={GET: {"mood"}, POST: {"mood"}}),
    "lone-value-everywhere": Variant(
        SAID + section("See it", "GET", ONE, answer('{"mood": "CALM"}'))
        + section("Build it", "POST", ONE, answer('{"mood": "CALM"}')),
        {GET, POST}, choices={"mood": ("CALM",)}),
    "as-it-should-be": Variant(SAID + rows() + three(), ALL, FORMS),
    "badge-of-section": Variant(SAID + rows() + three(method="POST"), ALL, FORMS,
                                asked={"badge-differs.raze-it"}),
    "badge-of-section-alone": Variant(SAID + three(method="POST"), ALL, FORMS,
                                      asked={"badge-differs.raze-it"}),
    "badge-get": Variant(SAID + rows() + three(method="GET"), ALL, FORMS,
                         asked={"badge-differs.raze-it"}),
    "badge-of-row": Variant(SAID + rows(method="POST") + three(), ALL, FORMS),
    "slash-in-row": Variant(SAID + rows(get=f"{ONE}/") + three(), ALL, FORMS),
    "slash-in-section": Variant(
        SAID + rows() + three(see=f"{ONE}/"), {f"{GET}/", POST, DELETE}, FORMS),
    "no-slash-in-row": Variant(SAID + rows(post=ONE[1:]) + three(), ALL, FORMS),
    "no-slash-in-section": Variant(SAID + rows() + three(build=ONE[1:]), ALL, FORMS),
    "other-name-in-row": Variant(SAID + rows(delete="/farms/{id}/silo") + three(), ALL, FORMS),
    "colon-parameter": Variant(SAID + three(see="/farms/:farmId/silo"), ALL, FORMS),
    "angle-parameter": Variant(SAID + rows() + three(raze="/farms/<farmId>/silo"), ALL, FORMS),
    "whole-address": Variant(SAID + rows() + three(see=URL), ALL, FORMS),
    "no-base-url": Variant(
        "# Silos\n\n" + section("See it", "GET", ONE, answer('{"id": "uuid"}')), {GET},
        asked={"no-base-url"}, base_url="https://example.invalid"),
    "base-url-of-examples": Variant("# Silos\n\n" + three(), ALL, FORMS),
    "numbered": Variant(
        SAID + section("1. See it", "GET", ONE, answer('{"id": "uuid"}'))
        + section("2. Build it", "POST", ONE, body('{"seed": "str"}')), {GET, POST}, FORMS),
    "request-in-heading": Variant(
        SAID + f"### POST {ONE}\n\n{SEED}\n", {POST}, FORMS),
    "request-in-block": Variant(
        SAID + f"### Build it\n\n```http\nPOST {ONE} HTTP/1.1\n```\n\n{SEED}\n",
        {POST}, FORMS),
    "method-in-a-cell": Variant(
        SAID + f"Method | Path | What\n--- | --- | ---\n`GET` | `{ONE}` | See it\n\n" + three(),
        ALL, FORMS),
    "never-closed": Variant(
        SAID + ":::tip\nAn open box.\n\n" + rows() + three(), ALL, FORMS, asked={"box-not-closed"}),
    "tag-never-closed": Variant(
        SAID + "<Note>\nAn open box.\n\n" + three(), ALL, FORMS, asked={"box-not-closed"}),
    "header-like-fields": Variant(
        SAID + section("Build it", "POST", ONE, body('{"token": "str", "x-farm": "str"}'),
                       shell(f"curl -d '{{\"token\": \"t\", \"x-farm\": \"f\"}}' '{URL}'")),
        {POST}, {POST: {"token", "x-farm"}}, secrets={"token"}),
    "secrets": Variant(
        SAID + section("See it", "GET", ONE, answer(
            '{"signingKey": "str", "userPassword": "str", "initVector": "str", "tokenUrl": "str",'
            '"tokenInfo": {"scopes": ["str"]}, "publicKey": "str", "session_id": "str",'
            '"secretCount": "int"}')), {GET},
        secrets={"signingKey", "userPassword", "initVector", "session_id"},
        asked={"secret-shown.userPassword"}),
    "sends-the-choice": Variant(
        SAID + section("Build it", "POST", ONE, body('{"level": "LOW or HIGH"}'),
                       shell(f"curl -X POST -d '{{\"level\": \"LOW or HIGH\"}}' \\\n  '{URL}'")),
        {POST}, choices={"level": ("LOW", "HIGH")}, asked={"example-sends-choice.build-it"}),
    "breaks-off": Variant(
        SAID + section("Build it", "POST", ONE, body('{"seed": "str"}'),
                       shell(f"curl -X POST\n  -d '{{\"seed\": \"s\"}}' \\\n  '{URL}'")),
        {POST}, FORMS, asked={"command-breaks-off.build-it"}),
}  # fmt: skip
