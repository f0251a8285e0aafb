"""The request line of a client: near a documented one, or about something else."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from werkzeug.test import create_environ, run_wsgi_app

from tests.helpers.service_helpers import BEARER, FIRST
from tests.helpers.serving_helpers import Caller, caller

BASE = f"/users/{FIRST}/panorama-credentials"


@pytest.fixture
def client() -> Caller:
    return caller(seed=1)


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
        ("GET", "/users//panorama-credentials", "read"),
        ("GET", f"/v1{BASE}", "read"), ("GET", f"/../../fields/api{BASE}", "read"),
        ("DELETE", f"{BASE}/{FIRST}", "delete"), ("POST", f"{BASE}/events/new", "events"),
        ("POST", f"/users/{FIRST}/panorama-creds", "create"),
        ("GET", f"/users/{FIRST}/panoramacredentials", "read"),
    ],
)  # fmt: skip
def test_a_path_near_a_documented_one(client: Caller, method: str, path: str, meant: str) -> None:
    assert client.raw(method, path).status_code == 404
    (remark,) = client.served.remarks()
    assert (remark.rule, remark.endpoint) == ("path", meant)
    assert remark.expected == client.served.service.endpoints[meant].request
    assert remark.actual.startswith(f"{method} /")


@pytest.mark.parametrize(
    ("path", "rules"),
    [(BASE.replace("/pan", "%2Fpan"), ["path"]), (quote(BASE[1:], safe=""), ["path"]),
     (f"{BASE}?a=%2F", ["query"]), (BASE.replace("-", "%2D").replace("p", "%70"), [])],
)  # fmt: skip
def test_a_slash_that_is_encoded_is_no_slash(client: Caller, path: str, rules: list[str]) -> None:
    """Python's servers decode the path before they look at it; others refuse it."""
    environ = create_environ(f"{client.served.base_path}/{path.lstrip('/')}", headers=BEARER)
    run_wsgi_app(client.served, environ)
    assert client.rules() == rules


def test_the_base_path_left_out(client: Caller) -> None:
    client.http.get(BASE)
    assert [(r.rule, r.endpoint) for r in client.served.remarks()] == [
        ("path", "read"),
        ("authorization.missing", "read"),
    ]


@pytest.mark.parametrize(
    "path",
    ["/", "/nothing", f"/users/{FIRST}/climate-field-view-credentials", f"/users/{FIRST}/x/y/z",
     "/../../fields/api/users", "/" + "a/" * 200, f"/users/{FIRST}/john-deere-credentials",
     f"/users/{FIRST}/stara-credentials", f"/users/{FIRST}/granular-credentials/events",
     f"/users/{FIRST}/taranis-credentials", f"/users/{FIRST}/one-click-integration/Stara"],
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


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/users"),
        ("PUT", f"/users/{FIRST}"),
        ("PATCH", f"/users/{FIRST}"),
    ],
)
def test_what_else_leaf_may_do_with_leaf_users_is_only_noticed(
    client: Caller, method: str, path: str
) -> None:
    client.raw(method, f"{path}?page=0")
    assert (client.rules(), client.notices()) == ([], ["method"])


def test_a_login_with_another_method_is_a_violation(client: Caller) -> None:
    client.ask("login", method="GET", headers={})
    assert client.rules() == ["method"]


def test_a_query_is_documented_nowhere(client: Caller) -> None:
    client.ask("read", params={"token": "hunter2", "a b": "c"})
    (remark,) = client.served.remarks()
    assert remark.rule == "query"
    assert remark.actual == "a query with `token`, with a name of 3 characters"


def test_a_query_without_names_may_be_a_secret(client: Caller) -> None:
    client.raw("GET", f"{BASE}?hunter2&&x=hunter2")
    (remark,) = client.served.remarks()
    assert remark.actual == "a query with a text of 7 characters, `x`"


@pytest.mark.parametrize(
    ("method", "path", "rule"), [("GET", f"{BASE}/", "path"), ("PUT", BASE, "method")]
)
def test_a_query_is_named_beside_what_else_is_wrong(
    client: Caller, method: str, path: str, rule: str
) -> None:
    client.raw(method, f"{path}?page=1")
    assert client.rules() == [rule, "query"]


@pytest.mark.parametrize("user", ["{leafUserId}", "1", "str", FIRST[:-1], FIRST.replace("-", "")])
def test_a_leaf_user_that_is_no_uuid(client: Caller, user: str) -> None:
    assert client.ask("read", user).status_code == 404
    (remark,) = client.served.remarks()
    assert (remark.rule, remark.field, remark.leaf_user) == ("path.parameter", "leafUserId", None)
    assert ("braces" in remark.actual) == ("{" in user)


def test_a_uuid_in_capitals_or_of_nobody_is_no_violation(client: Caller) -> None:
    client.ask("read", "ABCDEF00-0000-4000-8000-00000000FFFF")
    assert client.rules() == []
