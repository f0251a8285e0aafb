"""Every request of a client is judged by the request forms, and no remark shows what was sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.faults import catalogue
from contracts.mock.request_audit import KEPT, NOTICE, VIOLATION
from contracts.service.app import DEFAULT_TOKEN
from contracts.service.body import CURLS_OWN, JSON
from contracts.service.hooks import MAX_BODY
from tests.helpers.service_helpers import (
    BEARER,
    CHOICE,
    CONTRACT,
    FIRST,
    SECRET,
    TAKEN,
    TEXT,
    valid,
)
from tests.helpers.serving_helpers import Caller, caller

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


@pytest.mark.parametrize(
    "label",
    ["Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"',
     "application/json; charset=us-ascii", "application/vnd.leaf+json"],
)  # fmt: skip
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


@pytest.mark.parametrize("path", [BASE, "/users", f"{BASE}/"])
def test_a_browser_asks_first_without_a_token(client: Caller, path: str) -> None:
    """Before it sends a request to another origin; no client can have it send one."""
    client.http.options(client.served.base_path + path, headers={"Origin": "http://localhost"})
    assert "authorization.missing" not in client.rules()


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
        (b"{'refreshToken': 'hunter2='}", "body.not-json", "no JSON: "),
        (b'--x\r\nA: form-data; name="hunter2"\r\n\r\n', "body.not-json", "no JSON: "),
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
    assert client.state()["dropped"] == {"violations": 5, "notices": 0}
    client.control("DELETE")
    assert client.state()["dropped"] == {"violations": 0, "notices": 0}


def test_notices_push_no_violation_out() -> None:
    client = caller()
    client.ask("read", headers={})
    for _ in range(KEPT + 5):
        client.raw("GET", "/favicon.ico")
    assert client.rules() == ["authorization.missing"]
    assert client.state()["dropped"] == {"violations": 0, "notices": 5}
    assert len(client.state()["notices"]) == KEPT


@pytest.mark.parametrize("name", list(catalogue(CONTRACT))[::40])
def test_the_request_is_judged_whatever_the_service_does(name: str) -> None:
    """A fault is the service's: it is neither taken for the client's, nor does it hide one."""
    client = caller(behave=[name])
    client.ask("read")
    assert client.rules() == []
    client.ask("read", headers={})
    assert client.rules() == ["authorization.missing"]
