"""Every request of a client is judged by the request forms, and no remark shows what was sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.audit import KEPT, NOTICE, VIOLATION
from contracts.behaviour import MAX_BODY
from contracts.faults import catalogue
from contracts.intake import CURLS_OWN, JSON
from contracts.service import DEFAULT_TOKEN
from tests.suite.service_helpers import BEARER, CHOICE, CONTRACT, FIRST, SECRET, TAKEN, TEXT, valid
from tests.suite.serving_helpers import Caller, caller

BASE = f"/users/{FIRST}/panorama-credentials"
LOGIN_BODY = CONTRACT.example(CONTRACT.support["login"].takes)  # type: ignore[arg-type]
USER_BODY = CONTRACT.example(CONTRACT.support["create-leaf-user"].takes)  # type: ignore[arg-type]
ONE_CLICK = CONTRACT.example(CONTRACT.endpoints["one-click"].takes)  # type: ignore[arg-type]


@pytest.fixture
def client() -> Caller:
    return caller(seed=1)


# ------------------------------------------------------------- what keeps to the contract


def test_a_client_that_does_as_documented_is_told_nothing(client: Caller) -> None:
    assert client.ask("login", json=LOGIN_BODY, headers={}).status_code == 200
    user = client.ask("create-leaf-user", json=USER_BODY).json()["id"]
    for endpoint, body in [
        ("create", valid()), ("read", None), ("events", None), ("one-click", ONE_CLICK),
        ("delete", None), ("read", None),
    ]:  # fmt: skip
        client.ask(endpoint, user, **({"json": body} if body else {}))
    client.ask("delete-leaf-user", user)
    assert client.rules() == client.notices() == []
    assert sum(client.state()["requests"].values()) == 9


def test_further_fields_are_no_violation_where_the_form_goes_on(client: Caller) -> None:
    assert isinstance(USER_BODY, dict)
    client.ask("create-leaf-user", json={**USER_BODY, "externalId": "mine"})
    assert client.rules() == []


@pytest.mark.parametrize("label", ["Application/JSON; charset=UTF-8", "application/vnd.leaf+json"])
def test_json_under_any_json_label_is_no_violation(client: Caller, label: str) -> None:
    content = json.dumps(valid()).encode()
    client.ask("create", content=content, headers={**BEARER, "Content-Type": label})
    assert client.rules() == client.notices() == []


# ------------------------------------------------------------- Authorization


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        (None, "missing"), ("", "scheme"), ("Basic YTpi", "scheme"), (DEFAULT_TOKEN, "scheme"),
        ("Bearer", "token"), ("Bearer ", "token"), ("Bearer YOUR_TOKEN", "token"),
        ("Bearer undefined", "token"), ("Bearer ${TOKEN}", "token"),
        ("Bearer a, Bearer b", "token"),
        (f"Bearer  {DEFAULT_TOKEN}", "token"), ("Bearer another-token", "refused"),
        (f"Bearer {DEFAULT_TOKEN}x", "refused"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("endpoint", ["read", "create", "delete-leaf-user"])
def test_a_token_that_is_not_sent_as_documented(
    client: Caller, endpoint: str, header: str | None, rule: str
) -> None:
    headers = {} if header is None else {"Authorization": header}
    body = {"json": valid()} if endpoint == "create" else {}
    assert client.ask(endpoint, headers=headers, **body).status_code == 401
    (remark,) = client.served.remarks()
    assert (remark.rule, remark.endpoint) == (f"authorization.{rule}", endpoint)
    assert "Authentication" in remark.source


def test_the_login_needs_no_token(client: Caller) -> None:
    client.ask("login", json=LOGIN_BODY, headers={})
    client.ask("login", json=LOGIN_BODY, headers=BEARER)
    assert client.rules() == []


def test_the_scheme_may_be_written_in_any_case(client: Caller) -> None:
    client.ask("read", headers={"Authorization": f"bearer {DEFAULT_TOKEN}"})
    assert client.rules() == []


# ------------------------------------------------------------- the body


@pytest.mark.parametrize("name", TAKEN.fields)
def test_a_missing_field_is_named(client: Caller, name: str) -> None:
    client.ask("create", json={n: v for n, v in valid().items() if n != name})
    assert client.rules() == [f"field.missing {name}"]
    assert client.served.remarks()[0].source == str(TAKEN.source)


@pytest.mark.parametrize("value", [None, 5, 1.5, True, [], {}, ["text"]], ids=json.dumps)
@pytest.mark.parametrize("name", TAKEN.fields)
def test_a_value_of_another_type_is_named(client: Caller, name: str, value: Any) -> None:
    client.ask("create", json=valid(**{name: value}))
    assert client.rules() == [f"field.type {name}"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [("stage", "stage"), ("PROD", "PROD"), ("hunter2", "another text"), ("", "an empty text")],
)
def test_a_value_outside_of_the_list(client: Caller, value: str, shown: str) -> None:
    client.ask("create", json=valid(**{CHOICE: value}))
    (remark,) = client.served.remarks()
    assert (remark.rule, remark.field) == ("field.value", CHOICE)
    assert remark.expected == f"one of {', '.join(TAKEN.choices[CHOICE])}"
    assert remark.actual.startswith(shown)


@pytest.mark.parametrize("endpoint", ["create", "one-click"])
def test_an_unknown_field_is_named_with_what_may_be_meant(client: Caller, endpoint: str) -> None:
    form = CONTRACT.endpoints[endpoint].takes
    assert form
    body = CONTRACT.example(form)
    assert isinstance(body, dict)
    client.ask(endpoint, json={**body, "comment": "hello"})
    misspelt = TEXT.upper()
    client.ask(endpoint, json={misspelt: "x", **{n: v for n, v in body.items() if n != TEXT}})
    unknown, missing, other = client.served.remarks()
    assert (unknown.rule, unknown.field, unknown.expected) == (
        "field.unknown", "comment", "no such field",
    )  # fmt: skip
    assert (missing.rule, missing.field) == ("field.missing", TEXT)
    assert (other.rule, other.field, other.expected) == ("field.unknown", misspelt, f"`{TEXT}`")


@pytest.mark.parametrize(
    ("content", "rule", "word"),
    [
        (b"", "body.missing", "no body"), (b"{", "body.not-json", "no JSON"),
        (b"clientId=a&password=hunter2", "body.not-json", "a form of 2"),
        (b"\xff\xfe", "body.not-json", "UTF-8"), (b'{"a": 1, "a": 2}', "body.not-json", "twice"),
        (b"[]", "body.not-object", "a list of 0"), (b"null", "body.not-object", "null"),
        (b'"hunter2"', "body.not-object", "another text (7"), (b"5", "body.not-object", "a number"),
        (b" " * (MAX_BODY + 1), "body.too-large", "more than"),
        (b"[" * 100_000, "body.not-json", "deep"),
    ],
    ids=lambda value: value[:20].decode("latin-1") if isinstance(value, bytes) else None,
)  # fmt: skip
def test_a_body_that_is_no_json_object(
    client: Caller, content: bytes, rule: str, word: str
) -> None:
    client.ask("create", content=content, headers={**BEARER, "Content-Type": JSON})
    (remark,) = client.served.remarks()
    assert (remark.rule, remark.endpoint) == (rule, "create")
    assert word in remark.actual
    assert "hunter2" not in str(client.state())


@pytest.mark.parametrize(
    "label", ["", "text/plain", "application/xml", "application/json; charset=latin-1"]
)
def test_a_wrong_media_type(client: Caller, label: str) -> None:
    headers = {**BEARER, **({"Content-Type": label} if label else {})}
    client.ask("create", content=json.dumps(valid()).encode(), headers=headers)
    assert client.rules() == ["media-type"]


def test_curls_own_media_type_is_accepted_and_only_noticed(client: Caller) -> None:
    content = json.dumps(valid()).encode()
    answer = client.ask("create", content=content, headers={**BEARER, "Content-Type": CURLS_OWN})
    assert answer.status_code == 201
    assert (client.rules(), client.notices()) == ([], ["media-type.curl"])


@pytest.mark.parametrize("endpoint", ["read", "delete", "events", "delete-leaf-user"])
def test_a_body_where_none_is_documented(client: Caller, endpoint: str) -> None:
    client.ask(endpoint, json={SECRET: "hunter2"})
    assert client.rules() == ["body.undocumented"]


def test_a_login_without_what_the_service_can_do_without_is_only_noticed(client: Caller) -> None:
    assert isinstance(LOGIN_BODY, dict)
    (extra,) = LOGIN_BODY.keys() - {"username", "password"}
    body = {name: value for name, value in LOGIN_BODY.items() if name != extra}
    assert client.ask("login", json=body, headers={}).status_code == 200
    assert client.ask("login", json={**body, extra: True}, headers={}).status_code == 200
    client.ask("login", json={"username": "me"}, headers={})
    missing = f"field.missing {extra}"
    assert client.notices() == [missing, f"field.type {extra}", missing]
    assert client.rules() == ["field.missing password"]


# ------------------------------------------------------------- the request line


@pytest.mark.parametrize(
    ("method", "path", "meant"),
    [
        ("GET", f"{BASE}/", "read"), ("GET", f"{BASE}/event", "events"),
        ("GET", f"/users/{FIRST}/panorama-credential", "read"),
        ("POST", f"/users/{FIRST}/Panorama-Credentials", "create"),
        ("GET", f"/user/{FIRST}/panorama-credentials", "read"),
        ("GET", f"//users/{FIRST}/panorama-credentials", "read"),
        ("DELETE", f"/users/{FIRST}/panorama_credentials", "delete"),
        ("POST", f"/users/{FIRST}/one-click-integration/panorama", "one-click"),
        ("POST", "/api/authenticate", "login"),
        ("POST", "/user", "create-leaf-user"),
        ("GET", f"/services/usermanagement/api{BASE}", "read"),
    ],
)  # fmt: skip
def test_a_path_near_a_documented_one(client: Caller, method: str, path: str, meant: str) -> None:
    assert client.raw(method, path).status_code == 404
    (remark,) = client.served.remarks()
    assert (remark.rule, remark.endpoint) == ("path", meant)
    assert remark.expected == client.served.service.endpoints[meant].request
    assert remark.actual.startswith(f"{method} /")


def test_the_base_path_left_out(client: Caller) -> None:
    client.http.get(BASE)
    assert [(r.rule, r.endpoint) for r in client.served.remarks()] == [
        ("path", "read"),
        ("authorization.missing", "read"),
    ]


@pytest.mark.parametrize(
    "path",
    ["/", "/nothing", f"/users/{FIRST}/climate-field-view-credentials", f"/users/{FIRST}/x/y/z",
     "/../../fields/api/users", "/" + "a/" * 200, f"/users/{FIRST}/john-deere-credentials"],
)  # fmt: skip
def test_what_belongs_to_no_documented_endpoint_is_only_noticed(client: Caller, path: str) -> None:
    client.raw("GET", path)
    assert (client.rules(), client.notices()) == ([], ["path.elsewhere"])


def test_another_service_of_leaf_is_not_taken_for_this_one(client: Caller) -> None:
    client.http.get(f"/services/fields/api/users/{FIRST}", headers=BEARER)
    assert (client.rules(), client.notices()) == ([], ["path.elsewhere"])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "FOO"])
def test_a_method_that_is_not_documented(client: Caller, method: str) -> None:
    assert client.ask("read", method=method).status_code == 405
    (remark,) = client.served.remarks()
    assert (remark.rule, remark.endpoint) == ("method", "read")
    assert remark.expected == "DELETE or GET or POST"
    assert remark.actual == (method if method != "FOO" else "another method")


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_what_proxies_and_browsers_ask_on_their_own_is_only_noticed(
    client: Caller, method: str
) -> None:
    client.ask("read", method=method)
    assert (client.rules(), client.notices()) == ([], ["method"])


def test_a_query_is_documented_nowhere(client: Caller) -> None:
    client.ask("read", params={"token": "hunter2", "a b": "c"})
    (remark,) = client.served.remarks()
    assert remark.rule == "query"
    assert remark.actual == "a query with `token`, with a name of 3 characters"


@pytest.mark.parametrize("user", ["{leafUserId}", "1", "str", FIRST[:-1], FIRST.replace("-", "")])
def test_a_leaf_user_that_is_no_uuid(client: Caller, user: str) -> None:
    assert client.ask("read", user).status_code == 404
    (remark,) = client.served.remarks()
    assert (remark.rule, remark.field, remark.leaf_user) == ("path.parameter", "leafUserId", None)
    assert ("braces" in remark.actual) == ("{" in user)


def test_a_uuid_in_capitals_or_of_nobody_is_no_violation(client: Caller) -> None:
    client.ask("read", "ABCDEF00-0000-4000-8000-00000000FFFF")
    assert client.rules() == []


# ------------------------------------------------------------- what a remark is, and never shows


def test_a_remark_names_the_request_and_reads_as_a_sentence(client: Caller) -> None:
    client.ask("read")
    client.ask("create", json=valid(**{CHOICE: "stage"}))
    (remark,) = client.served.remarks()
    assert (remark.number, remark.level, remark.endpoint) == (2, VIOLATION, "create")
    assert (remark.request, remark.leaf_user) == (CONTRACT.endpoints["create"].request, FIRST)
    assert str(remark) == (
        f"{remark.request}: one of STAGE, PRODUCTION expected, stage came ({TAKEN.source})"
    )
    assert client.state()["violations"] == [remark.as_json()]


PLANTED = "planted-secret-9f8e7d"
_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(PLANTED),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", PLANTED.upper()]),
    path=st.sampled_from(["", "/", BASE, BASE + "/", f"/users/{PLANTED}", "/" + PLANTED, "/a\n\r"])
    | st.text(max_size=30).map(lambda text: "/" + text),
    scheme=st.sampled_from(["", "Bearer ", "Basic ", f"{PLANTED} "]),
    label=st.sampled_from(["", JSON, CURLS_OWN, PLANTED, f"{JSON}; charset={PLANTED}"]),
    body=st.dictionaries(st.sampled_from([*TAKEN.fields, "other"]), _JUNK).map(json.dumps)
    | st.just(f"password={PLANTED}") | _JUNK.map(json.dumps) | st.text(max_size=20),
)  # fmt: skip
def test_nothing_that_is_sent_makes_the_audit_fail_or_tell_it(
    method: str, path: str, scheme: str, label: str, body: str
) -> None:
    client = caller()
    client.http.request(
        method,
        client.served.base_path + quote(path),
        headers={"Authorization": scheme + PLANTED, "Content-Type": label},
        params={"q": PLANTED},
        content=body.encode("utf-8", "replace"),
    )
    shown = json.dumps(client.state(), ensure_ascii=False)
    assert PLANTED not in shown.lower()
    assert client.served.remarks() + client.served.remarks(NOTICE)


def test_the_memory_for_remarks_is_limited() -> None:
    client = caller()
    for _ in range(KEPT + 5):
        client.http.get("/services/usermanagement/api" + BASE)
    remarks = client.served.remarks()
    assert (len(remarks), remarks[0].number, remarks[-1].number) == (KEPT, 6, KEPT + 5)


@pytest.mark.parametrize("name", list(catalogue(CONTRACT))[::40])
def test_the_request_is_judged_whatever_the_service_does(name: str) -> None:
    """A fault is the service's: it is neither taken for the client's, nor does it hide one."""
    client = caller(behave=[name])
    client.ask("read")
    assert client.rules() == []
    client.ask("read", headers={})
    assert client.rules() == ["authorization.missing"]
