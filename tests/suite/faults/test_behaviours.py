"""The hooks suffice to make the embedded service differ in every way."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from contracts.service.hooks import Answer, Behaviour, Call, Refusal, Stop
from contracts.service.store import Entry, Record
from tests.helpers.service_helpers import (
    CHOICE,
    CREATED,
    SECOND,
    SECRET,
    TEXT,
    User,
    misbehaving,
    valid,
)


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
