"""The embedded service does what the contract says, never fails, and can be made to misbehave."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import validate

from contracts.contract import load
from contracts.notation import Choice, Timestamp
from contracts.schema import form_schema
from contracts.service import (
    DEFAULT_TOKEN,
    JSON,
    MAX_BODY,
    MAX_TEXT,
    Answer,
    Behaviour,
    Call,
    Refusal,
    Service,
    Stop,
)
from contracts.store import Entry, Record, known_leaf_users

CONTRACT = load()
READ, CREATE = CONTRACT.endpoints["read"], CONTRACT.endpoints["create"]
EVENTS, ONE_CLICK = CONTRACT.endpoints["events"], CONTRACT.endpoints["one-click"]
assert CREATE.takes
assert CREATE.answers
assert EVENTS.answers
assert READ.answers
assert ONE_CLICK.takes
TAKEN, ONE_CLICK_TAKEN = CREATE.takes, ONE_CLICK.takes
KEPT = [name for name in TAKEN.fields if name in CREATE.answers.fields]
(CHOICE,) = (name for name, kind in TAKEN.fields.items() if isinstance(kind, Choice))
(CREATED,) = (n for n, kind in READ.answers.fields.items() if isinstance(kind, Timestamp))
(SECRET,) = CONTRACT.secrets_never_answered
TEXT = next(name for name in KEPT if name != CHOICE)
MADE_TOKEN = next(
    name
    for name in READ.answers.fields
    if name in CONTRACT.secret_fields and name not in CONTRACT.sendable_fields
)
FIRST, SECOND = known_leaf_users(CONTRACT)
NOBODY = "00000000-0000-4000-8000-00000000ffff"
BEARER = {"Authorization": f"Bearer {DEFAULT_TOKEN}"}


class Clock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 15, 9, 30, 0, 123456, UTC)

    def __call__(self) -> datetime:
        return self.now


class User:
    """One Leaf user of one service, seen over HTTP."""

    def __init__(self, service: Service, user: str = FIRST, **headers: str) -> None:
        self.service, self.user = service, user
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=service),
            base_url="http://embedded" + service.base_path,
            headers={**BEARER, **headers},
        )

    def send(self, endpoint: str, body: Any = None, **options: Any) -> httpx.Response:
        known = CONTRACT.endpoints[endpoint]
        (name,) = CONTRACT.path_parameters
        path = known.path.replace(f"{{{name}}}", self.user)
        if body is not None:
            options["json"] = body
        return self.http.request(known.method, path, **options)


def valid(**changes: Any) -> dict[str, Any]:
    example = CONTRACT.example(TAKEN)
    assert isinstance(example, dict)
    return {**example, **changes}


def one_click_body() -> dict[str, Any]:
    example = CONTRACT.example(ONE_CLICK_TAKEN)
    assert isinstance(example, dict)
    return example


def misbehaving(*behaviours: Behaviour) -> User:
    return User(Service(behaviours=behaviours))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> Service:
    return Service(seed=1, clock=clock)


@pytest.fixture
def user(service: Service) -> User:
    return User(service)


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


def test_tokens_beyond_ascii() -> None:
    service = Service(token="pä✓")
    on_the_wire = "pä✓".encode().decode("latin-1")
    for token, status in ((on_the_wire, 404), ("pä✓", 401), ("\ud800", 401), ("pä?", 401)):
        environ = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        assert run(service, "GET", path_of("read"), environ)[0] == status


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
        assert user.http.post("/users", json=short).status_code == 400


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


# ------------------------------------------------------------- behaviours: the hooks suffice


class LowerCaseOnRead(Behaviour):
    def answer(self, call: Call, answer: Answer) -> Answer:
        if call.endpoint == "read" and answer.status == 200:
            answer.content[CHOICE] = answer.content[CHOICE].lower()
        return answer


def test_read_may_show_a_value_in_lower_case() -> None:
    user = misbehaving(LowerCaseOnRead())
    assert user.send("create", valid()).json()[CHOICE] == "STAGE"
    assert user.send("read").json()[CHOICE] == "stage"


class AlwaysStoresTheFirstValue(Behaviour):
    def store(self, call: Call, record: Record | None) -> Record | None:
        return record and record.changed(**{CHOICE: "STAGE"})


def test_another_value_may_be_stored_than_was_sent() -> None:
    user = misbehaving(AlwaysStoresTheFirstValue())
    assert user.send("create", valid(**{CHOICE: "PRODUCTION"})).json()[CHOICE] == "PRODUCTION"
    assert user.send("read").json()[CHOICE] == "STAGE"


class DeletesNothing(Behaviour):
    def remove(self, call: Call, removing: bool) -> bool:
        return False


def test_delete_may_delete_nothing() -> None:
    user = misbehaving(DeletesNothing())
    user.send("create", valid())
    assert user.send("delete").status_code == 204
    assert user.send("read").status_code == 200


class DeletesForAll(Behaviour):
    def remove(self, call: Call, removing: bool) -> bool:
        for user in call.service.store.users:
            call.service.store.drop(user)
        return removing


def test_delete_may_delete_for_every_user() -> None:
    user = misbehaving(DeletesForAll())
    other = User(user.service, SECOND)
    user.send("create", valid())
    other.send("create", valid())
    assert user.send("delete").status_code == 204
    assert other.send("read").status_code == 404


class ShowsEveryLog(Behaviour):
    def entries(self, call: Call, entries: list[Entry]) -> list[Entry]:
        store = call.service.store
        records = [store.get(user) for user in store.users]
        return [entry for record in records if record for entry in record.entries]


def test_events_may_show_entries_of_another_user() -> None:
    user = misbehaving(ShowsEveryLog())
    other = User(user.service, SECOND)
    other.send("create", valid())
    assert user.send("events").json() == user.service.log(SECOND) != []


class WritesInSpiteOf401(Behaviour):
    def authorize(self, call: Call, allowed: bool) -> bool:
        call.scratch[self] = allowed
        return True

    def answer(self, call: Call, answer: Answer) -> Answer:
        return answer if call.scratch[self] else call.service.unauthorized(call)


def test_a_write_may_happen_in_spite_of_a_401() -> None:
    user = misbehaving(WritesInSpiteOf401())
    stranger = User(user.service, Authorization="Bearer made-up")
    assert stranger.send("create", valid()).status_code == 401
    assert user.send("read").status_code == 200


class ReadsTheStateBefore(Behaviour):
    def __init__(self) -> None:
        self.before: dict[str, Record | None] = {}

    def store(self, call: Call, record: Record | None) -> Record | None:
        assert call.leaf_user
        self.before[call.leaf_user] = call.service.store.get(call.leaf_user)
        return record

    def find(self, call: Call, record: Record | None) -> Record | None:
        if call.endpoint == "read" and call.leaf_user in self.before:
            return self.before[call.leaf_user]
        return record


def test_read_may_lag_one_write_behind() -> None:
    user = misbehaving(ReadsTheStateBefore())
    first = user.send("create", valid()).json()
    assert user.send("read").status_code == 404
    user.send("create", valid())
    assert user.send("read").json() == first


class MillisecondsNowAndThen(Behaviour):
    def __init__(self) -> None:
        self.reads = 0

    def answer(self, call: Call, answer: Answer) -> Answer:
        if call.endpoint == "read" and answer.status == 200:
            self.reads += 1
            if self.reads % 3 == 0:
                answer.content[CREATED] = answer.content[CREATED][:-4] + "Z"
        return answer


def test_a_timestamp_may_now_and_then_be_of_another_form() -> None:
    user = misbehaving(MillisecondsNowAndThen())
    user.send("create", valid())
    assert [len(user.send("read").json()[CREATED]) for _ in range(6)] == [27, 27, 24, 27, 27, 24]


class EchoesInErrors(Behaviour):
    def answer(self, call: Call, answer: Answer) -> Answer:
        if answer.status >= 400:
            answer.content["message"] = call.raw.decode()
        return answer


def test_errors_may_repeat_the_body() -> None:
    answer = misbehaving(EchoesInErrors()).send("create", valid(**{CHOICE: "other"}))
    assert answer.status_code == 400
    assert valid()[SECRET] in answer.json()["message"]


class Gzip(Behaviour):
    def answer(self, call: Call, answer: Answer) -> Answer:
        headers = [*answer.headers, ("Content-Encoding", "gzip")]
        return replace(answer, headers=headers, content=gzip.compress(answer.body()))


def test_answers_may_be_compressed() -> None:
    user = misbehaving(Gzip())
    created = user.send("create", valid())
    assert created.headers["content-encoding"] == "gzip"
    assert user.send("read").json() == created.json()


class RefusesToReplace(Behaviour):
    def store(self, call: Call, record: Record | None) -> Record | None:
        assert call.leaf_user
        if call.service.store.get(call.leaf_user):
            raise Stop(call.service.problem(call, 409, "There are credentials already."))
        return record


def test_creating_again_may_be_refused() -> None:
    user = misbehaving(RefusesToReplace())
    created = user.send("create", valid()).json()
    assert user.send("create", valid()).status_code == 409
    assert user.send("read").json() == created


class BusyEveryThirdTime(Behaviour):
    def __init__(self) -> None:
        self.requests = 0

    def on_request(self, call: Call) -> None:
        with call.service.lock:
            self.requests += 1
            busy = self.requests % 3 == 0
        if busy:
            answer = call.service.problem(call, 503)
            answer.headers.append(("Retry-After", "0"))
            raise Stop(answer)


def test_the_service_may_be_busy() -> None:
    user = misbehaving(BusyEveryThirdTime())
    user.send("create", valid())
    assert [user.send("read").status_code for _ in range(4)] == [200, 503, 200, 200]
    assert user.send("read").headers["retry-after"] == "0"


class TakesAnything(Behaviour):
    def accept(self, call: Call, refusals: list[Refusal]) -> list[Refusal]:
        return []


@pytest.mark.parametrize("content", [b"", b"[]", b'{"%b": null}' % TEXT.encode()])
def test_a_body_may_be_taken_whatever_it_is(content: bytes) -> None:
    user = misbehaving(TakesAnything())
    assert user.send("create", content=content).status_code == 201
    assert user.send("read").status_code == 200


def test_behaviours_are_asked_in_order() -> None:
    user = misbehaving(LowerCaseOnRead(), Gzip(), BusyEveryThirdTime())
    user.send("create", valid())
    assert user.send("read").json()[CHOICE] == "stage"
    assert user.send("read").status_code == 503
