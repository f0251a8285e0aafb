"""What stands because of what happened, and which exchanges are evidence."""

from __future__ import annotations

import pytest

from contracts.expected_state.sent_values import json_object
from contracts.expected_state.stored import UNKNOWN
from tests.helpers.histories import CONTRACT, Told, broken, proved


def about(role: str, name: str) -> str:
    requirement = CONTRACT.about(role, name)
    assert requirement is not None
    return requirement


# ------------------------------------------------------------- what stands


def test_nothing_stands_until_something_was_created() -> None:
    told = Told()
    assert told.history.is_present is False
    told.create()
    assert told.history.is_present is True
    told.delete()
    assert told.history.is_present is False


@pytest.mark.parametrize("status", [500, 302])
def test_what_a_failed_creation_has_made_is_not_known(status: int) -> None:
    told = Told()
    told.create(status)
    assert told.history.stands is UNKNOWN


def test_a_refusal_changes_nothing() -> None:
    told = Told()
    told.create()
    before = told.history.stored
    told.create(409)
    assert told.history.stored == before


def test_a_history_is_a_value() -> None:
    told = Told()
    before = told.history
    told.create()
    assert before.is_present is False


def test_what_is_remembered_does_not_remember_all_that_was_before() -> None:
    told = Told()
    for _ in range(3):
        told.create()
        told.delete()
    assert all(past.by.intent.expected == () for past in told.history.past)


# ------------------------------------------------------------- handshakes


def test_a_handshake_after_which_nothing_appears_breaks_nothing() -> None:
    told = Told()
    told.shake_hands()
    for _ in range(3):
        assert broken(told.read()) == []


def test_what_appears_after_a_handshake_is_what_was_sent() -> None:
    told = Told()
    record = told.shake_hands()
    shown = told.read(record)
    assert broken(shown) == []
    keeps = {r.id for r in CONTRACT.named("{handshake}.keeps.{field}")}
    assert keeps <= proved(shown)
    assert told.history.is_present


def test_what_appears_late_is_what_was_sent() -> None:
    told = Told()
    record = told.shake_hands(202)
    told.read()
    assert broken(told.read(record)) == []


def test_another_value_than_was_sent_is_the_handshakes_fault() -> None:
    told = Told()
    record = told.shake_hands()
    name = CONTRACT.named("{handshake}.keeps.{field}")[0].parameters["field"]
    assert broken(told.read({**record, name: "something-else-4711"})) == [
        about("handshake", f"keeps.{name}")
    ]


def test_what_stood_before_a_handshake_may_stand_after_it() -> None:
    told = Told()
    told.create()
    told.read(told.made)
    told.shake_hands()
    assert broken(told.read(told.made)) == []


def test_what_stands_is_not_taken_for_what_a_handshake_with_some_of_its_values_has_made() -> None:
    told = Told()
    takes = CONTRACT.the("handshake").takes
    assert takes
    sent = json_object(told.create().request.content)
    own = next(name for name in takes.fields if name not in CONTRACT.secret_fields)
    same = {name: sent[name] for name in takes.fields if name in sent and name != own}
    told.shake_hands(**same)
    assert broken(told.read(told.made)) == []


def test_a_handshake_with_the_same_values_may_make_them_anew() -> None:
    told = Told()
    sent = json_object(told.create().request.content)
    told.read(told.made)
    takes = CONTRACT.the("handshake").takes
    assert takes
    told.shake_hands(**{name: value for name, value in sent.items() if name in takes.fields})
    anew = {**told.made, **dict.fromkeys(CONTRACT.identifiers, "id-anew-4711")}
    assert broken(told.read(anew)) == []
    assert broken(told.read(anew)) == []
    third = {**told.made, **dict.fromkeys(CONTRACT.identifiers, "id-third-4711")}
    assert broken(told.read(third)) == [
        about("read", f"keeps.{name}") for name in CONTRACT.identifiers
    ]


def test_what_a_handshake_has_made_may_be_taken_away_by_the_provider() -> None:
    told = Told()
    told.read(told.shake_hands())
    assert broken(told.read()) == []


def test_what_the_neighbours_handshake_was_sent_is_not_shown_here() -> None:
    told = Told()
    neighbour = told.beside()
    told.create()
    told.read(told.made)
    record = neighbour.shake_hands()
    assert broken(told.read(record)) == [about("handshake", "isolated")]


# ------------------------------------------------------------- evidence


def test_a_deletion_is_seen_where_something_stood() -> None:
    told = Told()
    told.create()
    told.read(told.made)
    told.delete()
    assert about("delete", "removes") in proved(told.read())


def test_a_deletion_of_nothing_is_not_evidence() -> None:
    told = Told()
    told.delete()
    assert about("delete", "removes") not in proved(told.read())


def test_a_log_that_never_had_entries_does_not_show_that_they_end() -> None:
    told = Told()
    told.create()
    told.delete()
    ends = CONTRACT.named("{delete}.ends-{log}")[0].id
    assert ends not in proved(told.log([]))
    told.create()
    told.log([told.entry()])
    told.delete()
    assert ends in proved(told.log([]))


def test_isolation_is_seen_where_the_neighbour_has_credentials() -> None:
    told = Told()
    neighbour = told.beside()
    told.create()
    assert about("create", "isolated") not in proved(neighbour.read())
    neighbour.create()
    neighbour.read(neighbour.made)
    told.delete()
    assert about("delete", "isolated") in proved(neighbour.read(neighbour.made))


def test_the_same_id_as_the_neighbours_is_noticed() -> None:
    told = Told()
    neighbour = told.beside()
    told.create()
    told.read(told.made)
    neighbour.create()
    ids = {name: told.made[name] for name in CONTRACT.identifiers if name in told.made}
    stored = neighbour.history.stored
    assert stored is not None
    shown = {**neighbour.made, **ids}
    assert about("read", "own-id") not in proved(neighbour.read(shown))


def test_entries_of_deleted_credentials_are_not_shown_again() -> None:
    told = Told()
    told.create()
    entry = told.entry()
    told.log([entry])
    told.delete()
    told.read()
    told.create()
    assert about("create", "again") in broken(told.log([entry]))
    assert broken(told.log([told.entry()])) == []


def test_entries_of_the_neighbour_are_not_shown_here() -> None:
    told = Told()
    neighbour = told.beside()
    told.create()
    neighbour.create()
    theirs = neighbour.entry()
    neighbour.log([theirs])
    assert about("log", "own") in broken(told.log([theirs]))
    assert about("log", "own") in proved(told.log([told.entry()]))


def test_a_token_may_be_exchanged_and_not_come_from_other_credentials() -> None:
    told = Told()
    told.create()
    old = told.made
    told.read(old)
    told.create()
    volatile = [
        r.parameters["field"]
        for r in CONTRACT.named("{create}.keeps.{field}")
        if CONTRACT.fields[r.parameters["field"]].volatile
    ]
    for name in volatile:
        assert broken(told.read({**told.made, name: "an-exchanged-token-4711"})) == []
        assert broken(told.read({**told.made, name: old[name]})) == [about("create", "on-existing")]
