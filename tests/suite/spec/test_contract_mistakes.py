"""Mistakes in `panorama.yaml` that are no mistakes of form: examples, support, empty sentences."""

from __future__ import annotations

import pytest

from contracts.spec.load import load
from contracts.spec.parser import parse
from contracts.spec.types import misfit
from tests.helpers.contract_file_helpers import changed, complaint, replaced

CONTRACT = load()
TIME = "createdTime:"  # a field whose example stands two lines further down

# What is wrong: the line's beginning, what stands there, what stands there instead, a word of the
# sentence.
MISTAKES = {
    "no value of the enum": ("clientEnvironment: {desc", "example: STAGE", "example: TEST",
                             "'clientEnvironment' is not one of STAGE, PRODUCTION"),
    "value in another case": ("clientEnvironment: {desc", "example: STAGE", "example: stage",
                              "STAGE, PRODUCTION"),
    "milliseconds": ("example: 2026-01-15T09:30:00.123456Z", ".123456Z", ".123Z",
                     "'createdTime' is no timestamp"),
    "no such day": ("example: 2026-01-15T09:30:00.123456Z", "2026-01-15", "2026-02-30",
                    "'createdTime' is no timestamp"),
    "a date alone": ("example: 2026-01-15T09:30:00.123456Z", "T09:30:00.123456Z", "",
                     "'createdTime' is no timestamp"),
    "a number for a time": ("example: 2026-01-15T09:30:00.123456Z", "2026-01-15T09:30:00.123456Z",
                            "1768469400", "'createdTime' is not a timestamp"),
    "a text for a number": ("statusCode: {desc", "example: 200", 'example: "200"',
                            "'statusCode' is not a whole number"),
    "true for a number": ("statusCode: {desc", "example: 200", "example: true", "whole number"),
    "a number for a text": ("clientId: {desc", "example: contract-client", "example: 5",
                            "'clientId' is not text"),
    "nothing for a text": ("clientId: {desc", "example: contract-client", "example: null",
                           "'clientId' is not text"),
    "true for a text": ("rememberMe: {desc", 'example: "true"', "example: true", "not text"),
    "no UUID": ("id: {desc", "6f1c8f3e-", "6f1c8f3-", "'id' is not a UUID"),
    "a path parameter that is no UUID": ("example: 00000000-0000-4000-8000-000000000001",
                                         "00000000-", "x0000000-", "is not a UUID"),
    "unknown support endpoint": ("login: {request", "login:", "lgin:", "unknown key 'lgin'"),
    "support endpoint without its form": ("login: {request", "answers: login-answer, ", "",
                                          "the key 'answers' is missing"),
    "support endpoint with a form that nothing reads": (
        "delete-leaf-user: {request", "source:", "takes: login-body, source:", "'takes'"),
    "freedom without a sentence": ("- {id: none-there", "How GET and events are answered when "
                                   "there are no credentials.", '""', "a text is expected here"),
    "requirement without a sentence": (
        'sentence: "What {request} created', '"What {request} created can be read: at once, or '
        'soon if it was only accepted (202)."', '"  "', "a text is expected here"),
    "heading that is blank": ("source: {page: panorama, heading: Get", "Get the Panorama "
                              "credentials", '""', "a text is expected here"),
    "id that is blank": ("- {id: none-there", "none-there", '" "', "a text is expected here"),
    "method that is none": ("request: DELETE", "DELETE", "REMOVE", "no request line"),
    "method in small letters": ("request: DELETE", "DELETE", "delete", "no request line"),
    "field that is none, in a family": (
        "each: {endpoint: [create, change, handshake], field: choices taken}",
        "choices taken", "[clientIdd]",
        "unknown field 'clientIdd'"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence_that_names_the_line(name: str) -> None:
    start, old, new, words = MISTAKES[name]
    text, place = changed(start, old, new)
    message = complaint(text)
    assert message.startswith(place.led()), message
    assert words in message


@pytest.mark.parametrize("name", ["login", "create-leaf-user", "delete-leaf-user"])
def test_a_support_endpoint_that_is_missing_is_named(name: str) -> None:
    text = replaced(f"{name}: {{request")
    message = complaint(text)
    assert f"the key {name!r} is missing" in message


def test_the_examples_of_the_contract_fit() -> None:
    for form in CONTRACT.forms.values():
        for name, kind in form.fields.items():
            assert misfit(kind, form.described[name].example) is None


@pytest.mark.parametrize(
    ("notation", "right", "wrong"),
    [
        ('"str"', "", 5),
        ('"uuid"', "6F1C8F3E-6a0b-4b3e-9a43-0d1f4f6a7b10", "6f1c8f3e6a0b4b3e9a430d1f4f6a7b10"),
        ('"int"', 0, 1.0),
        ('"double"', 1.5, True),
        ('"boolean"', False, 0),
        ('"A" or "B"', "B", "A or B"),
        ('"yyyy-MM-dd"', "2024-02-29", "2026-02-29"),
    ],
)
def test_an_example_fits_its_type_or_is_told_why_not(
    notation: str, right: object, wrong: object
) -> None:
    kind = parse(notation)
    assert misfit(kind, right) is None
    assert str(misfit(kind, wrong)).startswith("is no")
    assert str(misfit(kind, None)).startswith("is no")
