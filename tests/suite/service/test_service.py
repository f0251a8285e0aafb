"""The embedded service does what is documented."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest
from jsonschema import validate

from contracts.derived.json_schema import form_schema
from contracts.mock.served import Options, Served
from contracts.service.app import DEFAULT_TOKEN, Service
from contracts.service.body import JSON
from contracts.service.hooks import MAX_BODY
from contracts.service.leaf_users import CREATE_USER, INSISTED_ON
from tests.helpers.service_helpers import (
    CHOICE,
    CONTRACT,
    CREATE,
    CREATED,
    EVENTS,
    FIRST,
    KEPT,
    MADE_TOKEN,
    NOBODY,
    READ,
    SECOND,
    SECRET,
    TAKEN,
    TEXT,
    Clock,
    User,
    one_click_body,
    valid,
)
from tests.helpers.serving_helpers import Caller
from tests.helpers.small_contract import DATA, SOURCE, small

# ------------------------------------------------------------- what is documented


def test_created_credentials_have_the_documented_form_and_are_read_back(user: User) -> None:
    created = user.send("create", valid())
    assert created.status_code == 201
    assert CREATE.answers
    assert READ.answers
    validate(created.json(), form_schema(CONTRACT, CREATE.answers))
    assert {name: created.json()[name] for name in KEPT} == {name: valid()[name] for name in KEPT}
    read = user.send("read")
    assert (read.status_code, read.json()) == (200, created.json())
    assert read.headers["content-type"] == JSON
    assert created.json()[CREATED] == "2026-01-15T09:30:00.123456Z"


def test_the_password_and_the_tokens_are_shown_only_where_documented(user: User) -> None:
    body = valid(**{SECRET: "a-password-to-look-for"})
    answers = [user.send("create", body), user.send("read"), user.send("events")]
    assert not any(body[SECRET] in answer.text for answer in answers)
    stored = user.service.credentials(FIRST)
    assert stored
    assert stored[SECRET] == body[SECRET]
    for token in CONTRACT.secret_fields & stored.keys():
        assert stored[token] not in answers[2].text


@pytest.mark.parametrize("value", TAKEN.fields[CHOICE].values)  # type: ignore[union-attr]
def test_every_documented_value_is_accepted(user: User, value: str) -> None:
    assert user.send("create", valid(**{CHOICE: value})).json()[CHOICE] == value


def test_creating_again_replaces_the_credentials_and_their_log(user: User) -> None:
    first = user.send("create", valid()).json()
    entry = user.send("events").json()
    second = user.send("create", valid(**{TEXT: "another"})).json()
    assert second["id"] != first["id"]
    assert user.send("read").json() == second
    assert len(user.send("events").json()) == 1
    assert user.send("events").json() != entry


def test_deleted_credentials_are_gone_with_their_log(user: User) -> None:
    assert user.send("delete").status_code == 404
    user.send("create", valid())
    deleted = user.send("delete")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert "content-type" not in deleted.headers
    assert user.send("read").status_code == 404
    assert user.send("events").status_code == 404
    assert user.send("delete").status_code == 404
    assert user.service.log(FIRST) == []


def test_leaf_users_do_not_see_each_other(service: Service) -> None:
    users = [User(service, leaf) for leaf in (FIRST, SECOND, service.add_leaf_user())]
    for number, one in enumerate(users):
        one.send("create", valid(**{TEXT: f"number {number}"}))
    users[1].send("delete")
    assert [one.send("read").status_code for one in users] == [200, 404, 200]
    assert [users[n].send("read").json()[TEXT] for n in (0, 2)] == ["number 0", "number 2"]
    assert [one.send("events").status_code for one in users] == [200, 404, 200]
    assert [len(users[n].send("events").json()) for n in (0, 2)] == [1, 1]


def test_the_log_goes_back_thirty_days_and_is_newest_first(user: User, clock: Clock) -> None:
    user.send("create", valid())
    clock.now += timedelta(days=30)
    user.service.process(FIRST)
    entries = user.send("events").json()
    assert EVENTS.answers
    validate(entries, form_schema(CONTRACT, EVENTS.answers))
    assert [entry["createdDate"][:10] for entry in entries] == ["2026-02-14", "2026-01-15"]
    clock.now += timedelta(microseconds=1)
    assert user.send("events").json() == entries[:1]
    assert len(user.service.log(FIRST)) == 2


def test_background_processing_renews_the_token_and_sets_the_status(user: User) -> None:
    user.service.process(FIRST, status="INVALID")
    created = user.send("create", valid()).json()
    user.service.process(FIRST)
    renewed = user.send("read").json()
    assert {name for name in created if created[name] != renewed[name]} == {MADE_TOKEN}
    user.service.process(FIRST, status="INVALID")
    changed = {n: v for n, v in user.send("read").json().items() if v != renewed[n]}
    assert changed.keys() == {MADE_TOKEN, "status"}
    assert changed["status"] == "INVALID"
    assert [entry["statusCode"] for entry in user.send("events").json()] == [401, 200, 200]


def test_one_click_creates_credentials_and_shows_no_secret(user: User) -> None:
    answer = user.send("one-click", one_click_body())
    assert answer.status_code == 201
    read = user.send("read").json()
    assert READ.answers
    validate(read, form_schema(CONTRACT, READ.answers))
    stored = user.service.credentials(FIRST)
    assert stored
    assert one_click_body().items() <= stored.items()
    assert not CONTRACT.secret_fields & answer.json().keys()
    assert answer.json().items() <= read.items()


@pytest.mark.parametrize("endpoint", CONTRACT.endpoints)
@pytest.mark.parametrize("leaf", [NOBODY, "nobody", "1", FIRST + "0", "{leafUserId}", "ü"])
def test_an_unknown_leaf_user_is_not_found(service: Service, endpoint: str, leaf: str) -> None:
    answer = User(service, leaf).send(endpoint, valid())
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_letter_case_of_a_uuid_does_not_matter(service: Service) -> None:
    leaf = service.add_leaf_user()
    assert User(service, leaf.upper()).send("create", valid()).status_code == 201
    assert User(service, leaf).send("read").status_code == 200


# ------------------------------------------------------------- authorization


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", DEFAULT_TOKEN, f"Basic {DEFAULT_TOKEN}",
        f"Bearer {DEFAULT_TOKEN}x", f"Bearer {DEFAULT_TOKEN[:-1]}",
        f"Bearer {DEFAULT_TOKEN.upper()}",
        f"Bearer {DEFAULT_TOKEN} {DEFAULT_TOKEN}", f"Bearer {DEFAULT_TOKEN}, Bearer x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("endpoint", CONTRACT.endpoints)
def test_without_the_exact_token_nothing_is_shown_or_changed(
    user: User, endpoint: str, header: str
) -> None:
    created = user.send("create", valid()).json()
    stranger = User(user.service, Authorization=header)
    answer = stranger.send(endpoint, valid(**{TEXT: "changed"}))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert created["id"] not in answer.text
    assert user.send("read").json() == created


def test_the_scheme_may_be_written_in_any_case(service: Service) -> None:
    answer = User(service, Authorization=f"bEARER {DEFAULT_TOKEN}").send("create", valid())
    assert answer.status_code == 201


def test_the_token_is_checked_before_anything_else(service: Service) -> None:
    stranger = User(service, NOBODY, Authorization="Bearer made-up")
    assert stranger.send("create", content=b"x" * (MAX_BODY + 1)).status_code == 401
    assert stranger.http.get("/nowhere").status_code == 401
    assert stranger.http.put("/users").status_code == 401


# ------------------------------------------------------------- the rest of HTTP


def test_wrong_methods_and_routes(user: User) -> None:
    assert user.http.get("/nowhere").status_code == 404
    answer = user.http.patch(f"/users/{FIRST}/panorama-credentials")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "DELETE, GET, HEAD, POST"
    assert answer.json().keys() == {"type", "title", "status", "path", "message", "errorKey"}


def test_head_answers_as_get_does_without_the_body(user: User) -> None:
    user.send("create", valid())
    head = user.http.head(f"/users/{FIRST}/panorama-credentials")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == user.send("read").headers


def test_login(service: Service) -> None:
    stranger = User(service, Authorization="").http

    def log_in(**body: Any) -> httpx.Response:
        return stranger.post("http://embedded/api/authenticate", json=body)

    answer = log_in(username="me", password="secret", rememberMe="true")
    assert (answer.status_code, answer.json()) == (200, {"id_token": DEFAULT_TOKEN})
    assert log_in(username="me", password="secret").status_code == 200
    assert log_in(username="me", password="wrong").status_code == 401
    assert log_in(username="", password="secret").status_code == 400
    assert log_in(username="me").status_code == 400


def test_the_life_of_a_leaf_user(user: User) -> None:
    form = CONTRACT.support["create-leaf-user"].takes
    assert form
    body = CONTRACT.example(form)
    assert isinstance(body, dict)
    created = user.http.post("/users", json={**body, "externalId": "mine", "id": "chosen"})
    assert created.status_code == 201
    fresh = created.json()["id"]
    assert created.json() == {**body, "externalId": "mine", "id": fresh}
    assert fresh != "chosen"
    assert user.http.get(f"/users/{fresh}").json() == created.json()
    assert User(user.service, fresh).send("create", valid()).status_code == 201
    assert user.http.delete(f"/users/{fresh}").status_code == 204
    assert user.http.get(f"/users/{fresh}").status_code == 404
    assert user.service.credentials(fresh) is None
    for name in body:
        short = {key: value for key, value in body.items() if key != name}
        status = 400 if name in INSISTED_ON[CREATE_USER] else 201
        assert user.http.post("/users", json=short).status_code == status


@pytest.mark.parametrize("path", ["/users", "/users/"])
def test_what_public_clients_send_makes_a_leaf_user_that_is_listed(path: str, user: User) -> None:
    few = {name: f"a {name}" for name in INSISTED_ON[CREATE_USER]}
    created = user.http.post(path, json=few)
    assert created.status_code == 201
    assert created.json() in user.http.get(path).json()


def test_a_change_replaces_what_it_is_sent() -> None:
    endpoints = {
        **DATA["endpoints"],
        "change": {"request": "PATCH /users/{leafUserId}/keys", "source": SOURCE,
                   "takes": "key-patch", "role": "change"},
    }  # fmt: skip
    patch = {"title": "A part", "source": SOURCE, "notation": '{"code": "str"}'}
    forms = {**DATA["forms"], "key-patch": patch}
    service = Service(small(endpoints=endpoints, forms=forms))
    http = httpx.Client(
        transport=httpx.WSGITransport(app=service),
        base_url=f"http://x{service.base_path}/users/{FIRST}",
        headers={"Authorization": f"Bearer {DEFAULT_TOKEN}"},
    )
    assert http.patch("/keys", json={"code": "other"}).status_code == 404
    http.post("/keys", json={"code": "first", "kind": "LARGE", "token": "a-token"})
    assert http.patch("/keys", json={"code": "other"}).status_code == 200
    shown = http.get("/keys").json()
    assert (shown["code"], shown["kind"]) == ("other", "LARGE")


def test_a_handshake_that_waits_for_somebody_to_sign_in() -> None:
    served = Served(Options(behave=["lawful-one-click-sign-in"]))
    client = Caller(served)
    takes = CONTRACT.the("handshake").takes
    assert takes
    confirm = f"/confirm/{FIRST}"
    assert client.control("POST", confirm).status_code == 404
    started = client.ask(CONTRACT.the("handshake").id, json=CONTRACT.example(takes))
    assert (started.status_code, [*started.json()]) == (200, ["signInUrl"])
    assert client.ask(CONTRACT.the("read").id).status_code == 404
    assert client.control("POST", confirm).status_code == 204
    assert client.ask(CONTRACT.the("read").id).status_code == 200
    assert client.control("POST", confirm).status_code == 404


def test_a_seed_gives_the_same_ids_and_tokens(clock: Clock) -> None:
    def story(seed: int | None) -> list[Any]:
        user = User(Service(seed=seed, clock=clock))
        return [user.service.add_leaf_user(), user.send("create", valid()).json()]

    assert story(7) == story(7)
    assert story(7) != story(8)
    assert story(None) != story(None)


def test_many_threads_at_once(service: Service) -> None:
    seen: list[int] = []

    def work() -> None:
        user = User(service)
        for _ in range(15):
            seen.extend(user.send(e, valid()).status_code for e in ("create", "read", "delete"))
            service.process(FIRST)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8 * 15 * 3
    assert Counter(seen).keys() <= {200, 201, 204, 404}
