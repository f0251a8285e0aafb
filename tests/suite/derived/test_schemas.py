"""`schemas/` is what the contract says, stands on its own, and refuses what no form means."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.cli import schema_files
from contracts.derived.json_schema import form_schema, schema_of
from contracts.derived.strategies import WRONG_TIMESTAMPS, near_misses, wrong_types
from contracts.judging.answer_forms import format_checker
from contracts.spec.load import load
from contracts.spec.model import Form
from contracts.spec.parser import parse as read_notation
from contracts.spec.types import Choice, Timestamp

CONTRACT = load()
FORMS = list(CONTRACT.forms.values())
FIELDS = [(form, name) for form in FORMS for name in form.fields]
CHOICES = [(form, name) for form, name in FIELDS if isinstance(form.fields[name], Choice)]
TIMES = [(form, name) for form, name in FIELDS if isinstance(form.fields[name], Timestamp)]
# One of each kind: with a fraction that ends in zeros, none at all, a leap day, a year's end.
MOMENTS = [
    datetime(2026, 1, 15, 9, 30, 0, 123456, UTC),
    datetime(2026, 10, 31, 23, 59, 59, 120000, UTC),
    datetime(2024, 2, 29, 0, 0, 0, 0, UTC),
    datetime(1999, 12, 31, 23, 59, 59, 999999, UTC),
]
# What no regular expression can know; the schema alone lets these through.
ONLY_THE_CHECKER_KNOWS = {"february-30", "february-29-in-a-common-year"}

for_each_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)


def for_each(pairs: list[tuple[Form, str]]) -> Any:
    ids = [f"{form.id}-{name}" for form, name in pairs]
    return pytest.mark.parametrize(("form", "name"), pairs, ids=ids)


def schema_file(form: Form) -> dict[str, Any]:
    text = (schema_files.SCHEMAS / f"{form.id}.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert isinstance(schema, dict)
    return schema


def accepts(form: Form, value: Any) -> bool:
    """Whether the schema that is checked in accepts a value, with dates that must exist."""
    return Draft202012Validator(schema_file(form), format_checker=format_checker(form)).is_valid(
        value
    )


def changed(form: Form, change: Callable[[dict[str, Any]], object]) -> Any:
    """The form's example with a change of the object, or of the object in the list."""
    value = json.loads(json.dumps(CONTRACT.example(form)))
    change(value[0] if form.is_list else value)
    return value


def with_value(form: Form, name: str, new: Any) -> Any:
    return changed(form, lambda record: record.update({name: new}))


# ------------------------------------------------------------- checked in


def test_the_schemas_are_what_the_contract_says() -> None:
    assert schema_files.stale(CONTRACT, schema_files.SCHEMAS) == []


def test_an_edited_a_missing_and_a_strange_file_are_stale(tmp_path: Path) -> None:
    written = schema_files.write(CONTRACT, tmp_path)
    assert schema_files.stale(CONTRACT, tmp_path) == []
    edited, missing, *_ = written
    edited.write_text(edited.read_text(encoding="utf-8").replace("  ", " ", 1), encoding="utf-8")
    missing.unlink()
    (tmp_path / "strange.schema.json").write_text("{}", encoding="utf-8")
    stale = sorted([edited.name, missing.name, "strange.schema.json"])
    assert schema_files.stale(CONTRACT, tmp_path) == stale
    schema_files.write(CONTRACT, tmp_path)
    assert schema_files.stale(CONTRACT, tmp_path) == ["strange.schema.json"]


def test_what_belongs_to_nothing_is_removed_from_where_the_schemas_are_kept_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    strange = tmp_path / "strange.schema.json"
    strange.write_text("{}", encoding="utf-8")
    schema_files.write(CONTRACT, tmp_path)
    assert strange.exists()
    monkeypatch.setattr(schema_files, "SCHEMAS", tmp_path)
    schema_files.write(CONTRACT, tmp_path)
    assert not strange.exists()


def test_there_is_a_schema_for_each_form_and_one_openapi_document() -> None:
    found = {path.name for path in schema_files.SCHEMAS.iterdir() if path.is_file()}
    derived = {"openapi.json", "report.schema.json", "comparison.schema.json"}
    assert found == {f"{form.id}.schema.json" for form in FORMS} | derived


@for_each_form
def test_a_schema_stands_on_its_own(form: Form) -> None:
    schema = schema_file(form)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == form.title
    assert form.source.heading in schema["description"]
    assert schema["examples"]
    assert "$ref" not in json.dumps(schema)
    record = schema["items"] if form.is_list else schema
    for name in form.fields:
        assert record["properties"][name]["description"], name
        assert record["properties"][name]["examples"], name


def test_no_two_schemas_have_the_same_id() -> None:
    ids = [schema_file(form)["$id"] for form in FORMS]
    assert len(set(ids)) == len(ids)
    assert all(CONTRACT.version in name for name in ids)


@for_each_form
def test_a_schemas_own_examples_keep_to_it(form: Form) -> None:
    schema = schema_file(form)
    for example in schema["examples"]:
        assert accepts(form, example)
    record = schema["items"] if form.is_list else schema
    for name, part in record["properties"].items():
        for example in part["examples"]:
            assert accepts(form, with_value(form, name, example)), name


# ------------------------------------------------------------- what is refused


@for_each_form
def test_further_fields_are_lawful(form: Form) -> None:
    assert accepts(form, with_value(form, "undocumented", {"anything": [None]}))


@for_each_form
@pytest.mark.parametrize("value", [None, "text", 5, True], ids=["null", "text", "number", "true"])
def test_what_is_no_object_or_list_is_refused(form: Form, value: object) -> None:
    assert not accepts(form, value)


@for_each_form
def test_a_list_is_no_object_and_an_object_no_list(form: Form) -> None:
    example = CONTRACT.example(form)
    other = example[0] if isinstance(example, list) else [example]
    assert accepts(form, example)
    assert not accepts(form, other)


@for_each(FIELDS)
def test_a_field_that_is_left_out_is_refused(form: Form, name: str) -> None:
    assert not accepts(form, changed(form, lambda record: record.pop(name)))


@for_each(FIELDS)
def test_a_null_is_refused(form: Form, name: str) -> None:
    assert not accepts(form, with_value(form, name, None))


@for_each(FIELDS)
def test_a_value_of_another_type_is_refused(form: Form, name: str) -> None:
    wrong = wrong_types(form.fields[name])
    assert len(wrong) >= 4
    assert [label for label, value in wrong if accepts(form, with_value(form, name, value))] == []


@for_each(CHOICES)
def test_a_value_outside_the_enum_is_refused(form: Form, name: str) -> None:
    choice = form.fields[name]
    assert isinstance(choice, Choice)
    assert all(accepts(form, with_value(form, name, value)) for value in choice.values)
    wrong = near_misses(choice)
    assert len(wrong) > 20
    assert [label for label, value in wrong if accepts(form, with_value(form, name, value))] == []


def test_what_the_page_says_of_a_field_in_one_place_holds_in_all_places() -> None:
    values = {choice.values for choice in (form.fields[name] for form, name in CHOICES)}
    assert values == {("STAGE", "PRODUCTION")}
    with_environment = [form for form in FORMS if "clientEnvironment" in form.fields]
    assert {form.id for form, _ in CHOICES} == {form.id for form in with_environment}


@for_each(TIMES)
@pytest.mark.parametrize("mutation", WRONG_TIMESTAMPS)
def test_a_wrong_timestamp_is_refused(form: Form, name: str, mutation: str) -> None:
    for moment in MOMENTS:
        value = WRONG_TIMESTAMPS[mutation](pattern(form, name), moment)
        assert not accepts(form, with_value(form, name, value)), value


@for_each(TIMES)
def test_a_right_timestamp_is_accepted(form: Form, name: str) -> None:
    for moment in MOMENTS:
        assert accepts(form, with_value(form, name, pattern(form, name).format(moment)))


@for_each(TIMES)
def test_without_the_checker_only_dates_that_do_not_exist_are_accepted(
    form: Form, name: str
) -> None:
    bare = Draft202012Validator(schema_file(form))
    accepted = {
        label
        for label, mutation in WRONG_TIMESTAMPS.items()
        for moment in MOMENTS
        if bare.is_valid(with_value(form, name, mutation(pattern(form, name), moment)))
    }
    assert accepted == ONLY_THE_CHECKER_KNOWS


def pattern(form: Form, name: str) -> Any:
    kind = form.fields[name]
    assert isinstance(kind, Timestamp)
    return kind.pattern


def test_there_are_the_documented_timestamps_and_no_others() -> None:
    assert {(form.id, name) for form, name in TIMES} == {
        ("credentials-read", "createdTime"),
        ("credentials-created", "createdTime"),
        ("credentials-events", "createdDate"),
    }


# ------------------------------------------------------------- by rule


@pytest.mark.parametrize(
    ("notation", "good", "bad"),
    [
        pytest.param('"str"', ["", "x"], [5, None, True, [], {}], id="text"),
        pytest.param('"int"', [0, -5, 10**20], [1.5, "5", True, None], id="integer"),
        pytest.param('"double"', [0, 1.5], ["1.5", False, None], id="number"),
        pytest.param('"boolean"', [True, False], ["true", 1, 0, None], id="boolean"),
        pytest.param('["str"]', [[], ["x"]], ["x", [5], [None]], id="list"),
        pytest.param('{"scopes": ["str"]}', [{"scopes": []}], [{}, {"scopes": [1]}], id="nested"),
        pytest.param('"A" or "B"', ["A", "B"], ["a", "AB", "A or B", "", None], id="choice"),
        pytest.param(
            '"uuid"',
            ["00000000-0000-4000-8000-000000000001", "6F1C8F3E-6A0B-4B3E-9A43-0D1F4F6A7B10"],
            ["", "x", "0" * 32, "{00000000-0000-4000-8000-000000000001}",
             "00000000-0000-4000-8000-000000000001\n",
             "\uff10" + "0000000-0000-4000-8000-000000000001"],
            id="uuid",
        ),
    ],
)  # fmt: skip
def test_a_notation_becomes_a_schema_by_rule(
    notation: str, good: list[Any], bad: list[Any]
) -> None:
    validator = Draft202012Validator(schema_of(read_notation(notation)))
    assert [value for value in good if not validator.is_valid(value)] == []
    assert [value for value in bad if validator.is_valid(value)] == []


@for_each_form
def test_a_schema_names_exactly_the_fields_of_its_form(form: Form) -> None:
    schema = form_schema(CONTRACT, form)
    record = schema["items"] if form.is_list else schema
    assert list(record["properties"]) == record["required"] == list(form.fields)
    assert "additionalProperties" not in json.dumps(schema)
