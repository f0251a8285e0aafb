"""Each row of the table of rules: a history in which it applies, and one in which it does not."""

from __future__ import annotations

from typing import Any

from contracts.expected_state.attribution import RULES
from contracts.http.exchange import Exchange
from tests.helpers.histories import CONTRACT, Told, broken


def about(role: str, name: str) -> str:
    requirement = CONTRACT.about(role, name)
    assert requirement is not None
    return requirement


def rules_of(exchange: Exchange) -> list[str]:
    return [finding.rule for finding in exchange.judgement.findings if finding.rule]


def other_texts(told: Told, record: dict[str, Any]) -> dict[str, Any]:
    """The record with another text in each field that a POST sends and a read shows."""
    form = CONTRACT.the("create").takes
    assert form
    fixed = {*form.choices, *CONTRACT.secret_fields}
    names = [name for name in form.fields if name in record and name not in fixed]
    return {**record, **{name: f"unknown-{number}-4711" for number, name in enumerate(names)}}


# ------------------------------------------------------------- values of other credentials


def test_what_was_deleted_is_shown_after_something_new_was_created() -> None:
    told = Told()
    told.create()
    old = told.made
    told.read(old)
    told.delete()
    told.read()
    told.create()
    stale = told.read(old)
    assert broken(stale) == [about("create", "again")]
    assert rules_of(stale) == [RULES[0].name]
    assert broken(told.read(told.made)) == []


def test_what_was_replaced_is_shown() -> None:
    told = Told()
    told.create()
    old = told.made
    told.read(old)
    told.create()
    assert broken(told.read(old)) == [about("create", "on-existing")]


def test_what_was_sent_without_a_token_is_shown() -> None:
    told = Told()
    told.create()
    told.read(told.made)
    told.create(401, authorised=False)
    assert broken(told.read(told.made)) == [about("create", "auth-changes-nothing")]


def test_what_was_refused_is_shown() -> None:
    told = Told()
    told.create(400)
    assert broken(told.read(told.made)) == [about("create", "refused-stores-nothing")]
    assert broken(Told().read()) == []


def test_the_neighbours_credentials_are_shown() -> None:
    told = Told()
    neighbour = told.beside()
    told.create()
    mine = told.made
    told.read(mine)
    neighbour.create()
    neighbour.read(neighbour.made)
    told.read(mine)  # nothing has been written since
    assert broken(told.read(neighbour.made)) == [about("read", "isolated")]


# ------------------------------------------------------------- changed by a request


def test_what_vanishes_after_a_request_without_a_token_was_removed_by_it() -> None:
    told = Told()
    told.create()
    told.read(told.made)
    told.delete(401, authorised=False)
    gone = told.read()
    assert broken(gone) == [about("delete", "auth-changes-nothing")]
    assert rules_of(gone) == [RULES[1].name]


def test_what_vanishes_after_the_neighbours_deletion_was_removed_by_it() -> None:
    told = Told()
    neighbour = told.beside()
    told.create()
    told.read(told.made)
    neighbour.create()
    told.read(told.made)
    neighbour.delete()
    assert broken(told.read()) == [about("delete", "isolated")]


def test_what_stays_as_it_was_was_changed_by_nobody() -> None:
    told = Told()
    told.create()
    told.read(told.made)
    told.delete(401, authorised=False)
    same = told.read(told.made)
    assert broken(same) == []
    assert about("delete", "auth-changes-nothing") in same.judgement.proved


def test_values_that_no_read_has_shown_yet_were_not_changed_by_a_request() -> None:
    told = Told()
    told.create()
    mine = told.made
    told.create(401, authorised=False)
    name = next(n for n, v in other_texts(told, mine).items() if v != mine[n])
    wrong = {**mine, name: "something-else-4711"}
    assert broken(told.read(wrong)) == [f"read.keeps.{name}"]


# ------------------------------------------------------------- nothing in common; another value


def test_values_that_nobody_has_sent_are_somebody_elses() -> None:
    told = Told()
    told.create()
    told.read(told.made)
    strange = told.read(other_texts(told, told.made) | {"id": "id-of-somebody"})
    assert broken(strange) == [about("read", "isolated")]
    assert rules_of(strange) == [RULES[2].name]


def test_one_value_that_differs_is_not_kept() -> None:
    told = Told()
    told.create()
    told.read(told.made)
    name = next(n for n, v in other_texts(told, told.made).items() if v != told.made[n])
    differs = told.read({**told.made, name: "another-text-4711"})
    assert broken(differs) == [f"read.keeps.{name}"]
    assert rules_of(differs) == [RULES[3].name]


# ------------------------------------------------------------- missing, still there, lost entries


def test_what_is_never_found_was_never_stored() -> None:
    told = Told()
    told.create()
    missing = told.read()
    assert broken(missing) == [about("create", "stores")]
    assert rules_of(missing) == [RULES[4].name]


def test_what_vanishes_by_itself_was_not_stored_until_it_is_deleted() -> None:
    told = Told()
    told.create()
    told.read(told.made)
    assert broken(told.read()) == [about("create", "stores")]


def test_what_is_shown_after_its_deletion_was_not_removed() -> None:
    told = Told()
    told.create()
    told.read(told.made)
    told.delete()
    assert broken(told.read(told.made)) == [about("delete", "removes")]
    assert told.history.is_present, "what was not removed still stands"


def test_something_unknown_where_nothing_was_created_is_somebody_elses() -> None:
    told = Told()
    strange = told.read(told.record({}))
    assert broken(strange) == [about("read", "isolated")]
    assert rules_of(strange) == [RULES[5].name]


def test_log_entries_that_vanish_by_themselves_did_not_stay() -> None:
    told = Told()
    told.create()
    first, second = told.entry(), told.entry()
    told.log([first, second])
    lost = told.log([second])
    assert broken(lost) == [about("log", "stays")]
    assert rules_of(lost) == [RULES[6].name]
    assert broken(told.log([told.entry(), second])) == []


def test_log_entries_that_vanish_after_the_neighbours_deletion_were_removed_by_it() -> None:
    told = Told()
    neighbour = told.beside()
    told.create()
    told.log([told.entry()])
    neighbour.delete()
    assert broken(told.log([])) == [about("delete", "isolated")]


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) == 7
