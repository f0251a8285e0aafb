"""`drift --adopt`: a page becomes a contract that loads, with marks where it could not be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from openapi_spec_validator import validate

from contracts.derived.json_schema import form_schema
from contracts.derived.openapi import document
from contracts.drift.differences.every import compare
from contracts.drift.draft.adopt import NO_BASE_URL, draft
from contracts.drift.draft.fragments import comment, scalar, written
from contracts.drift.page import reader as pages
from contracts.drift.questions.every import raised
from contracts.spec import yaml_nodes
from contracts.spec.load import load
from contracts.spec.load import read as read_contract
from contracts.spec.model import Contract
from contracts.spec.parser import parse
from contracts.spec.types import Choice, ListOf, Number, Record, Text, Timestamp, Uuid
from contracts.spec.yaml_nodes import DataError
from tests.helpers import drift_pages
from tests.helpers.drift_pages import line_with, swapped
from tests.helpers.drift_sibling import BASE_URL, LOG, ONE, SIBLING

CONTRACT = load()
PAGE = drift_pages.page(CONTRACT)


def adopted(text: str) -> tuple[Contract, str]:
    """The contract that a page becomes, and the text of its draft."""
    made = draft(pages.read(text), "page.md")[0]
    return read_contract(yaml_nodes.parse(made, "draft")), made


def todos(made: str) -> list[tuple[int, str]]:
    """The lines of the page that are marked as unread, with the reasons; 0 for the page."""
    found = re.findall(r"(?m)^ *# TODO unread(?:, line (\d+))?: (.*)$", made)
    assert len(found) == made.count("TODO unread")
    return [(int(line or 0), reason) for line, reason in found]


def test_a_sibling_becomes_a_contract_with_everything_that_its_page_says() -> None:
    contract, made = adopted(SIBLING)
    assert todos(made) == []
    assert contract.base_url == BASE_URL
    assert {e.request for e in contract.endpoints.values()} == {
        f"GET {ONE}", f"POST {ONE}", f"PUT {ONE}", f"DELETE {ONE}", f"GET {LOG}",
    }  # fmt: skip
    shown = contract.the("read").answers
    assert shown
    kinds = dict(shown.fields)
    assert (kinds["id"], kinds["owner"]) == (Uuid(), Uuid())
    assert kinds["stage"] == Choice(("STAGE", "PRODUCTION"))
    assert kinds["scopes"] == ListOf(Text())
    assert isinstance(kinds["limits"], Record)
    assert kinds["limits"].fields["area"] == Number()
    log = contract.the("log").answers
    assert log
    assert log.is_list
    assert log.record.open_ended
    stamps = [k.pattern.source for k in (kinds["openedTime"], log.fields["at"])
              if isinstance(k, Timestamp)]  # fmt: skip
    assert stamps == ["yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "yyyy-MM-ddTHH:mm:ss.SZ"]


def test_the_draft_can_be_written_to_a_file_and_loaded(tmp_path: Path) -> None:
    path = tmp_path / "meadow.yaml"
    path.write_text(adopted(SIBLING)[1], encoding="utf-8")
    assert load(path).title == "Meadow accounts"


@pytest.mark.parametrize("text", [SIBLING, PAGE], ids=["sibling", "own"])
def test_the_openapi_document_can_be_derived_from_a_draft(text: str) -> None:
    contract, _ = adopted(text)
    made = document(contract)
    validate(made)
    assert sum(len(item) - 1 for item in made["paths"].values()) == len(contract.endpoints)


@pytest.mark.parametrize("text", [SIBLING, PAGE], ids=["sibling", "own"])
def test_the_examples_of_a_draft_keep_to_its_forms(text: str) -> None:
    contract, _ = adopted(text)
    for form in contract.forms.values():
        schema = form_schema(contract, form)
        jsonschema.validate(contract.example(form), schema)


@pytest.mark.parametrize("text", [SIBLING, PAGE], ids=["sibling", "own"])
def test_a_page_agrees_with_its_own_draft(text: str) -> None:
    contract, _ = adopted(text)
    page = pages.read(text)
    assert compare(contract, page) == []
    assert list(contract.questions) == [question.id for question in raised(page)]


def test_every_form_of_the_own_page_is_kept_word_for_word() -> None:
    contract, _ = adopted(PAGE)
    own = [f for f in CONTRACT.forms.values() if f.source.page.id == "panorama"]
    assert sorted(
        f.notation.strip() for f in contract.forms.values() if f.source.page.id == "page"
    ) == sorted(f.notation.strip() for f in own)


ERROR = '#### Response 409\n\n```\n{"login": "int", "why": "str"}\n```\n\n'
FURTHER = swapped(SIBLING, f"`{LOG}`\n\n##", f"`{LOG}?from={{from}}`\n\n##").replace(
    "### Change", f"{ERROR}### Change"
)


def test_queries_and_error_forms_are_kept_and_judge_nothing() -> None:
    contract, made = adopted(FURTHER)
    assert todos(made) == []
    assert contract.the("log").query == ("from",)
    ((source, kind),) = contract.errors
    assert (source.heading, kind) == ("Open an account", parse('{"login": "int", "why": "str"}'))
    assert set(contract.requirements) == set(adopted(SIBLING)[0].requirements)
    operation = document(contract)["paths"][LOG]["get"]
    assert operation["parameters"] == [{"name": "from", "in": "query", "schema": {}}]
    assert compare(contract, pages.read(FURTHER)) == []


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        ("?from={from}", "", {("removed", "query", "notable")}),
        (ERROR, "", {("removed", "form", "notable")}),
        ('"why": "str"', '"why": "int"',
         {("removed", "form", "notable"), ("added", "form", "notable")}),
        ("?from={from}", "?to={to}",
         {("removed", "query", "notable"), ("added", "query", "notable")}),
    ],
    ids=["query gone", "error gone", "error changed", "query changed"],
)  # fmt: skip
def test_what_was_kept_is_missed(old: str, new: str, kinds: set[tuple[str, str, str]]) -> None:
    contract, _ = adopted(FURTHER)
    found = compare(contract, pages.read(swapped(FURTHER, old, new)))
    assert {(change.kind, change.what, change.severity) for change in found} == kinds


def test_a_draft_gives_each_endpoint_its_role_and_so_its_requirements() -> None:
    contract, _ = adopted(SIBLING)
    found = {endpoint.role for endpoint in contract.endpoints.values()}
    assert found == {"read", "create", "change", "delete", "log"}
    assert contract.about("create", "succeeds") in contract.requirements
    assert contract.about("delete", "removes") in contract.requirements


def test_secret_fields_are_guessed_by_name() -> None:
    contract, _ = adopted(PAGE)
    assert contract.secret_fields == CONTRACT.secret_fields & set(contract.fields)


# ------------------------------------------------------------- what could not be read

Spoil = Callable[[str], str]
UNREAD: dict[str, tuple[Spoil, str, str]] = {
    "type": (lambda t: swapped(t, '"login": "string"', '"login": 5x'), '"login": 5x', "5x"),
    "no-comma": (lambda t: swapped(t, '"uuid",', '"uuid"'), '"owner"', "a comma"),
    "date-pattern": (lambda t: swapped(t, "HH:mm:ss.SSS", "HH:mm:QQ.SSS"), "QQ", "date pattern"),
    "method": (lambda t: t.replace(">DELETE<", ">TRACE<"), "Close an", "no request line"),
    "only-mentioned": (lambda t: swapped(t, "An error", "See `POST /users/{userId}/x`. An error"),
                       "/x`", "is not described"),
    "contradiction": (
        lambda t: swapped(t, '"login": "string"', '"login": "int"', "### Open"),
        '"login": "int"', "contradicts line"),
    "further-form": (
        lambda t: t + 'Or:\n\n```\n{"other": "str"}\n```\n', '"other"', "a further form"),
    "no-object": (lambda t: swapped(t, "## Acc", 'Names:\n\n```\n["str"]\n```\n\n## Acc'),
                  '["str"]', "no object"),
    "code": (lambda t: swapped(t, "## Acc", "```\nmake it\n```\n\n## Acc"), "make it", "code"),
    "row": (lambda t: swapped(t, "\n## Acc", "Nothing | here\n\n## Acc"), "Nothing |", "row"),
    "tag": (lambda t: swapped(t, "## Acc", "<Chart kind='bar' />\n\n## Acc"), "<Chart", "Chart"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREAD)
def test_what_could_not_be_read_is_marked_with_its_line_and_the_rest_is_kept(name: str) -> None:
    spoil, part, reason = UNREAD[name]
    text = spoil(SIBLING)
    contract, made = adopted(text)
    line = line_with(text, part)
    assert any(at == line and reason in why for at, why in todos(made)), todos(made)
    assert compare(contract, pages.read(text)) == []
    assert document(contract)["paths"]


def test_a_form_of_which_nothing_can_be_read_is_left_out() -> None:
    text = swapped(SIBLING, '{\n  "id"', '{ "a" }\n  "id"')
    contract, made = adopted(text)
    (read,) = (e for e in contract.endpoints.values() if e.request == f"GET {ONE}")
    assert (read.answers, read.role) == (None, None)
    assert todos(made)


def test_a_line_that_cannot_be_read_takes_nothing_else_along() -> None:
    contract, _ = adopted(UNREAD["type"][0](SIBLING))
    whole, _ = adopted(SIBLING)
    one, other = (c.the("read").answers for c in (contract, whole))
    assert one
    assert other
    assert set(other.fields) - set(one.fields) == {"login"}


def test_a_page_without_a_base_url_says_so() -> None:
    elsewhere = re.sub(r"(?s)#### Request examples.*?(?=#### Response)", "", SIBLING)
    contract, made = adopted(elsewhere.replace(f"```\n{BASE_URL}\n```", ""))
    assert contract.base_url == NO_BASE_URL
    assert todos(made) == [(0, "the page gives no base URL.")]


def test_a_page_without_forms_is_a_contract_without_forms() -> None:
    contract, _ = adopted("# Plain\n\n## It\n\n`GET /it`\n")
    assert not [f for f in contract.forms.values() if f.source.page.id == "page"]
    assert [e.request for e in contract.endpoints.values()] == ["GET /it"]


@pytest.mark.parametrize("text", ["", "# Only a title\n", '```json\n{"a": "str"}\n```\n'])
def test_a_page_without_a_request_line_is_none(text: str) -> None:
    with pytest.raises(DataError, match="without a request line"):
        draft(pages.read(text), "page.md")


def test_sections_with_one_name_get_names_of_their_own() -> None:
    headings = {"a": "It", "b": "It", "c": "404", "d": "é"}
    sections = [f"## {heading}\n\n`GET /{path}`\n\n" for path, heading in headings.items()]
    contract, _ = adopted("".join(sections))
    assert list(contract.endpoints) == ["it", "it-2", "404", "endpoint"]


@pytest.mark.parametrize(
    "heading", ["null", "a: b", "- x", "'", '"', "#1", "{a}", "&a *b", "yes", "\u0085x", "😀", "%"]
)
def test_a_heading_of_any_kind_stands_in_the_draft(heading: str) -> None:
    contract, _ = adopted(f"## x {heading}\n\n`GET /a`\n")
    (endpoint,) = contract.endpoints.values()
    assert endpoint.source.heading.split() == f"x {heading}".split()


# ------------------------------------------------------------- pieces


@pytest.mark.parametrize(
    "text",
    ['{"a": "str"}', '["int"]', '[{"a": ["uuid"], "b": "X" or "YY", ....}]',
     '{"t": "yyyy-MM-dd\'T\'HH:mm:ss.SSS\'Z\'", "n": {"d": "double", "é": "boolean"}}'],
)  # fmt: skip
def test_a_type_is_written_in_the_notation_that_it_is_read_from(text: str) -> None:
    text = text.replace('"X"', '"XX"')
    assert parse(written(parse(text))) == parse(text)


def test_nobodys_credentials_reach_a_draft() -> None:
    token = "Bearer abcdefgh12345678ijkl"  # made up
    assert "ijkl" not in scalar(f"Send {token}.")
    assert "ijkl" not in comment(f"Send {token}.")
    assert "hidden1" not in comment('5x: "password": "hidden1"', ("password",))
    assert "\n" not in comment("a\nb")
