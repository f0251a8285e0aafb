"""What may be written where in a contract file and in the file of families.

One description, from which come both the reading (`Shape.check` names the line of a mistake) and
the JSON Schema that editors use (`schema()`). What a name refers to is not looked at here: that a
form, a page or a family exists is `load`'s affair.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from contracts.spec.model import LEVELS, ROLES
from contracts.spec.yaml_nodes import Node

DIALECT = "http://json-schema.org/draft-07/schema#"  # the newest that all editors know
SUPPORT = {  # what the suite asks of other pages, and which forms it needs for that
    "login": ("takes", "answers"),
    "create-leaf-user": ("takes", "answers"),
    "delete-leaf-user": (),
}
TOLERANCES = ("clock_skew", "retention", "retention_slack", "same_instant")
EVERY_ENDPOINT = "every endpoint"
ALL = "all"
SOURCE_WORDS = ("endpoint", "answer", "body", "required")


class Shape(Protocol):
    """What stands in one place of a file."""

    def check(self, node: Node) -> None:
        """Raise `DataError` with the line when something else stands there."""

    def schema(self) -> dict[str, Any]:
        """The same as a JSON Schema."""


@dataclass(frozen=True)
class Text:
    """A text that is not blank; YAML may take it for a number or a truth value."""

    def check(self, node: Node) -> None:
        node.text()

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"], "pattern": "\\S"}


@dataclass(frozen=True)
class Number:
    """A number that is not negative."""

    def check(self, node: Node) -> None:
        node.number()

    def schema(self) -> dict[str, Any]:
        return {"type": "number", "minimum": 0}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def check(self, node: Node) -> None:
        node.flag()

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class Anything:
    """Any value that JSON has, too."""

    def check(self, node: Node) -> None:
        node.data()

    def schema(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class OneOf:
    """One of these texts."""

    words: tuple[str, ...]
    what: str

    def check(self, node: Node) -> None:
        node.one_of(self.words, self.what)

    def schema(self) -> dict[str, Any]:
        return {"enum": list(self.words)}


@dataclass(frozen=True)
class ListOf:
    """A list of items of one shape."""

    item: Shape

    def check(self, node: Node) -> None:
        for child in node.items():
            self.item.check(child)

    def schema(self) -> dict[str, Any]:
        return {"type": "array", "items": self.item.schema()}


@dataclass(frozen=True)
class Named:
    """A mapping with free keys, and values of one shape."""

    value: Shape

    def check(self, node: Node) -> None:
        for child in node.mapping().values():
            self.value.check(child)

    def schema(self) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": self.value.schema()}


@dataclass(frozen=True)
class Keys:
    """A mapping with these keys and no others."""

    required: Mapping[str, Shape]
    optional: Mapping[str, Shape] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)  # what editors say of a key

    def check(self, node: Node) -> None:
        known = {**self.required, **self.optional}
        for name, child in node.record(self.required, self.optional).items():
            known[name].check(child)

    def schema(self) -> dict[str, Any]:
        said = {name: {"description": text} for name, text in self.about.items()}
        known = {**self.required, **self.optional}
        return {
            "type": "object",
            "additionalProperties": False,
            "required": list(self.required),
            "properties": {n: {**said.get(n, {}), **shape.schema()} for n, shape in known.items()},
        }


@dataclass(frozen=True)
class Either:
    """A mapping, a list or a single value, each of a shape of its own."""

    single: Shape
    mapping: Shape | None = None
    items: Shape | None = None

    def check(self, node: Node) -> None:
        if self.mapping and node.is_mapping():
            self.mapping.check(node)
        elif self.items and node.is_list():
            self.items.check(node)
        else:
            self.single.check(node)

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [s.schema() for s in (self.single, self.mapping, self.items) if s]}


TEXT, FLAG = Text(), Flag()
ROLE = OneOf(ROLES, "role")
PLACE = Keys({"page": TEXT, "heading": TEXT})
SOURCE = Either(OneOf((*SOURCE_WORDS, *ROLES), "source"), mapping=PLACE)
PAGE = Keys({"title": TEXT}, {"documented": FLAG, "url": TEXT})
PATH_PARAMETER = Keys({"notation": TEXT, "description": TEXT, "example": TEXT}, {"source": PLACE})
FIELD = Keys(
    {"description": TEXT, "example": Anything()},
    {"secret": FLAG, "volatile": FLAG, "identifier": FLAG},
    {
        "secret": "Its values are masked wherever they appear.",
        "volatile": "Its value may change between two reads.",
        "identifier": "No value of it is given twice.",
    },
)
REQUIRED = Keys({"fields": Either(OneOf((ALL,), "word"), items=ListOf(TEXT)), "source": PLACE})
FORM = Keys(
    {"title": TEXT, "source": PLACE, "notation": TEXT},
    {"required": REQUIRED},
    {
        "notation": "The template, as the documentation writes it.",
        "required": "Which fields the documentation says must be sent, and where it says so.",
    },
)
ENDPOINT = Keys(
    {"request": TEXT, "source": PLACE},
    {"summary": TEXT, "takes": TEXT, "answers": TEXT, "query": ListOf(TEXT), "role": ROLE,
     "listed": FLAG},
    {
        "request": "The request line, such as GET /users/{leafUserId}/… (below the base URL).",
        "role": "What it is for; without a role, only what holds everywhere is required of it.",
        "takes": "The form of the request body.",
        "answers": "The form of the answer.",
        "listed": "It stands in the page's own table of endpoints.",
    },
)  # fmt: skip
SUPPORTING = Keys(
    {},
    {
        name: Keys({"request": TEXT, "source": PLACE, **dict.fromkeys(forms, TEXT)},
                   {"summary": TEXT})
        for name, forms in SUPPORT.items()
    },
)  # fmt: skip
AXIS = Either(TEXT, mapping=Named(TEXT), items=ListOf(TEXT))
REQUIREMENT = Keys(
    {"id": TEXT, "level": OneOf(LEVELS, "level"), "sentence": TEXT, "source": SOURCE},
    {"each": Named(AXIS), "needs": ListOf(ROLE)},
    {
        "id": "Begins with what it is required of: {endpoint}, a role in braces, or an endpoint.",
        "each": "What the braces stand for: a list, names with words for the sentence, or an axis.",
        "needs": "Roles without which it has no meaning.",
    },
)
FREEDOM = Keys({"id": TEXT, "sentence": TEXT, "source": SOURCE})
STATEMENT = Keys(
    {"id": TEXT, "source": SOURCE, "terms": ListOf(TEXT), "supports": ListOf(TEXT)}, {}
)
QUESTION = Keys({"id": TEXT, "sentence": TEXT, "source": PLACE})
ERROR = Keys({"source": PLACE, "notation": TEXT})
SHARED: Mapping[str, Shape] = {
    "pages": Named(PAGE),
    "path_parameters": Named(PATH_PARAMETER),
    "fields": Named(FIELD),
    "forms": Named(FORM),
    "support": SUPPORTING,
    "tolerances": Keys({}, dict.fromkeys(TOLERANCES, Number())),
    "requirements": ListOf(REQUIREMENT),
    "freedoms": ListOf(FREEDOM),
    "statements": ListOf(STATEMENT),
    "retired": Named(TEXT),
}
ABOUT = {
    "pages": "Where statements stand; `documented: false` marks what is not Leaf's.",
    "fields": "What is known of a field wherever it appears.",
    "forms": "The documented JSON templates, in the documentation's own notation.",
    "endpoints": "The request lines, with the forms that they take and answer with.",
    "support": "Endpoints of other pages that the suite needs.",
    "tolerances": "Numbers that the judging needs, each in seconds.",
    "requirements": "What can be true or false of a service; ids with {braces} are families.",
    "freedoms": "What a conforming service may choose.",
    "statements": "The sentences that something rests on, as key terms of our own.",
    "questions": "What the page leaves open or says in two ways.",
    "errors": "Documented forms of error answers; nothing is judged by them.",
    "without": "Families, freedoms and statements that do not hold here, each with a reason.",
    "retired": "Requirements that are no longer there, each with a reason.",
}
FAMILIES = Keys({}, SHARED, ABOUT)
CONTRACT = Keys(
    {"contract": TEXT, "title": TEXT, "version": TEXT, "base_url": TEXT, "pages": SHARED["pages"],
     "forms": SHARED["forms"], "endpoints": Named(ENDPOINT)},
    {**{name: shape for name, shape in SHARED.items() if name not in ("pages", "forms")},
     "questions": ListOf(QUESTION), "errors": ListOf(ERROR), "without": Named(TEXT)},
    ABOUT,
)  # fmt: skip


def schema() -> dict[str, Any]:
    """The JSON Schema of contract files, and of the file of families, which has no `contract`."""
    return {
        "$schema": DIALECT,
        "title": "A contract file of this project, or its file of families",
        "if": {"required": ["contract"]},
        "then": _outline(CONTRACT),
        "else": _outline(FAMILIES),
        "definitions": {name: {**_about(name), **shape.schema()} for name, shape in SHARED.items()},
    }


def _about(name: str) -> dict[str, str]:
    return {"description": ABOUT[name]} if name in ABOUT else {}


def _outline(keys: Keys) -> dict[str, Any]:
    """The schema of a whole file; what both files can have is only referred to."""
    whole = keys.schema()
    whole["properties"].update({name: {"$ref": f"#/definitions/{name}"} for name in SHARED})
    return whole
