"""Families are spread by role; what a contract gives no occasion for has no requirement there."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.spec import known_failures, yaml_nodes
from contracts.spec.load import FAMILIES_FILE, load
from contracts.spec.model import ROLES, SINGLE_ROLES
from contracts.spec.yaml_nodes import DataError
from tests.helpers.small_contract import DATA, SOURCE, data, small, without_endpoint

PANORAMA = load()
EVERYWHERE = {"errors-hide-secrets", "no-server-error", "auth-required", "auth-shows-nothing"}


def families_of(endpoint: str) -> set[str]:
    found = small().requirements.values()
    return {r.family.partition(".")[2] for r in found if r.endpoint == endpoint}


def test_the_first_contract_has_something_for_every_family() -> None:
    assert set(PANORAMA.families_without_requirement) <= {"{endpoint}.missing.{field}"}
    assert PANORAMA.without == {}


def test_an_endpoint_without_a_role_is_asked_for_what_holds_everywhere() -> None:
    assert families_of("peek") == {*EVERYWHERE, "auth.{token}", "own.{word}"}


def test_the_id_of_a_requirement_begins_with_its_endpoint() -> None:
    renamed = {"get-key": DATA["endpoints"]["read"]}
    contract = small(endpoints=renamed, requirements=None)
    assert "get-key.succeeds" in contract.requirements
    assert {r.endpoint for r in contract.requirements.values()} == {"get-key"}
    assert contract.about("read", "response.code") == "get-key.response.code"
    # What nobody can create has no values that a read could keep.
    assert contract.about("read", "keeps.code") is None


def test_an_empty_axis_gives_no_requirement_and_is_counted() -> None:
    contract = small()
    assert contract.named("{endpoint}.hides.{field}") != []
    assert contract.named("{endpoint}.instant.{field}") == []
    assert "{endpoint}.instant.{field}" in contract.families_without_requirement
    assert "{log}.retention" in contract.families_without_requirement
    assert "{handshake}.creates" not in contract.requirements


def test_what_must_be_sent_is_a_fact_of_the_form() -> None:
    contract = small()
    required = [r.id for r in contract.named("{create}.requires.{field}")]
    assert required == ["create.requires.code"]
    assert str(contract.requirements["create.requires.code"].source) == "Meadow keys › Keys"
    assert [r.id for r in contract.named("create.missing.{field}")] == [
        "create.missing.kind", "create.missing.token",
    ]  # fmt: skip


def test_a_family_can_be_switched_off_with_a_reason() -> None:
    contract = small()
    assert contract.without == {"{endpoint}.malformed": "bodies are not looked at"}
    assert contract.named("{endpoint}.malformed") == []
    assert "create.malformed" not in contract.requirements
    assert "create.malformed" in small(without=None).requirements


def test_a_freedom_and_a_statement_can_be_switched_off() -> None:
    off = {"status-values": "the page lists them", "read.json": "the page does not say so"}
    contract = small(without=off)
    assert set(small().freedoms) - set(contract.freedoms) == {"status-values"}
    assert set(small().statements) - set(contract.statements) == {"read.json"}


def test_a_contract_without_create_can_be_read() -> None:
    contract = without_endpoint("create", "delete")
    assert {r.endpoint for r in contract.requirements.values()} == {"read", "peek"}
    assert "{create}.stores" in contract.families_without_requirement
    assert contract.markable_fields == ()
    with pytest.raises(KeyError):
        contract.the("create")


def test_what_needs_a_role_is_not_there_without_it() -> None:
    contract = small(
        endpoints={n: e for n, e in data()["endpoints"].items() if n not in ("read", "peek")},
        requirements=None, statements=None, freedoms=None,
    )  # fmt: skip
    assert "create.stores" not in contract.requirements
    assert "create.succeeds" in contract.requirements


def test_a_tolerance_of_the_contract_goes_before_the_shared_one() -> None:
    assert small().tolerances == {**PANORAMA.tolerances, "clock_skew": 5}


def test_a_field_of_the_contract_does_not_change_the_shared_forms() -> None:
    fields = {**data()["fields"], "id": {"description": "A number.", "example": "17"}}
    contract = small(fields=fields)
    assert contract.example(contract.forms["key"]) == {
        "id": "17",
        "code": "a-code",
        "kind": "SMALL",
    }
    assert contract.example(contract.forms["leaf-user"]) == PANORAMA.example(
        PANORAMA.forms["leaf-user"]
    )


@pytest.mark.parametrize("role", ROLES)
def test_what_a_role_needs_is_checked(role: str) -> None:
    endpoint = {"request": "HEAD /users/{leafUserId}/keys", "source": SOURCE, "role": role}
    with pytest.raises(DataError, match=r"^small\.yaml:\d+: .*(needs a form|does not fit)"):
        small(endpoints={"odd": endpoint}, requirements=None, statements=None)


@pytest.mark.parametrize("role", SINGLE_ROLES)
def test_a_role_that_only_one_endpoint_can_have(role: str) -> None:
    taken = {"read": "answers", "log": "answers", "create": "takes", "delete": "summary"}[role]
    method = {"read": "GET", "log": "GET", "create": "POST", "delete": "DELETE"}[role]
    form = {"log": "key-log", "create": "key-body"}.get(role, "key")
    endpoints = {
        name: {"request": f"{method} /{name}", "source": SOURCE, "role": role, taken: form}
        for name in ("one", "two")
    }
    with pytest.raises(DataError, match=f"two endpoints have the role '{role}'"):
        small(endpoints=endpoints, requirements=None, statements=None)


def test_fields_that_can_carry_a_mark() -> None:
    assert small().markable_fields == ("code",)
    secret = {name: {**field, "secret": True} for name, field in data()["fields"].items()}
    assert small(fields=secret).markable_fields == ()


# ------------------------------------------------------------- requirements that are gone


def listed(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "known.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_known_failure_of_a_retired_requirement_is_a_warning(tmp_path: Path) -> None:
    warnings: list[str] = []
    path = listed(tmp_path, "create.old: until then\nread.json: until spring\n")
    assert known_failures.of_run(str(path), small(), warnings.append) == {
        "read.json": "until spring"
    }
    assert warnings == [
        "known.yaml:1: create.old is no longer a requirement: it was never documented"
    ]


def test_a_known_failure_of_what_never_was_is_an_error(tmp_path: Path) -> None:
    path = listed(tmp_path, "create.odl: until then\n")
    with pytest.raises(DataError, match=r"known\.yaml:1: there is no requirement 'create\.odl'"):
        known_failures.of_run(str(path), small(), lambda sentence: None)


def test_what_is_there_is_not_retired() -> None:
    contract = small(retired={"{read}.json": "it went"})
    assert contract.retired_because("read.json") is None
    assert contract.retired_because("readjson") is None


# ------------------------------------------------------------- the file itself


def supports() -> list[str]:
    entries = yaml_nodes.read(FAMILIES_FILE).mapping()["statements"].items()
    return [name.text() for entry in entries for name in entry.mapping()["supports"].items()]


@pytest.mark.parametrize("name", sorted(set(supports())))
def test_what_a_shared_statement_supports_is_there(name: str) -> None:
    role, _, rest = name.partition(".")
    known = f"{PANORAMA.the(role[1:-1]).id}.{rest}" if rest else name
    assert known in PANORAMA.freedoms or PANORAMA.named(known) != []


def test_a_name_is_known_by_its_family_in_both_spellings() -> None:
    ids = [r.id for r in PANORAMA.named("{create}.keeps.{field}")]
    assert ids == [r.id for r in PANORAMA.named("create.keeps.{field}")] != []
    assert ids == [r.id for r in PANORAMA.named("*.keeps.{field}") if r.endpoint == "create"]
    (json,) = PANORAMA.named("{log}.json")
    assert json.id == "events.json"
    assert [r.id for r in PANORAMA.named("{delete}.ends-{log}")] == ["delete.ends-events"]
    with pytest.raises(KeyError):
        PANORAMA.named("{create}.storess")


def test_a_name_of_what_a_contract_has_no_occasion_for_stands_for_nothing() -> None:
    for name in ("{handshake}.isolated", "{log}.retention", "one-click.keeps.code"):
        assert small().named(name) == []
    with pytest.raises(KeyError):
        small().named("one-click.keepss.code")
