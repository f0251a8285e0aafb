"""The contract as objects: pages, fields, forms, endpoints and requirements.

Knows nothing of files, HTTP clients, schemas or pytest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from contracts.spec.types import Choice, ListOf, Record, Text, Type

LEVELS = ("documented", "advisory")
# What an endpoint is for. Code asks for an endpoint by its role, never by its id.
READ, CREATE, CHANGE, DELETE, LOG, HANDSHAKE = ROLES = (
    "read",  # shows the credentials that stand
    "create",  # makes credentials from a complete body
    "change",  # changes some fields of the credentials that stand
    "delete",  # removes the credentials
    "log",  # lists the log entries of the credentials
    "handshake",  # starts something in which the provider has a say; may make credentials
)
# At most one endpoint of a contract has each of these.
SINGLE_ROLES = (READ, CREATE, DELETE, LOG)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # RFC 9110, 9.2.1


@dataclass(frozen=True)
class Page:
    """A place where statements stand; `documented` is false for standards and good sense.

    `url` is where it can be read, where that is known.
    """

    id: str
    title: str
    documented: bool = True
    url: str | None = None


@dataclass(frozen=True)
class Source:
    """Where a statement stands: a page and a heading on it."""

    page: Page
    heading: str

    def __str__(self) -> str:
        return f"{self.page.title} › {self.heading}"


@dataclass(frozen=True)
class Field:
    """What is known of a field wherever it appears.

    `secret` values are masked everywhere; `volatile` ones may change between two reads; an
    `identifier` is never given twice.
    """

    name: str
    description: str
    example: object
    secret: bool = False
    volatile: bool = False
    identifier: bool = False


@dataclass(frozen=True)
class Form:
    """A documented JSON template: `notation` as it is written, `type` as it is meant.

    `type` is resolved: what the page says of a field elsewhere has been taken into account.
    `required` are the fields that the documentation says must be sent, and `required_source` is
    where it says so; a form of which it says nothing has none of them. `described` is what is known
    of its fields where the form stands.
    """

    id: str
    title: str
    source: Source
    notation: str
    type: Type
    required: tuple[str, ...] = ()
    required_source: Source | None = None
    described: Mapping[str, Field] = field(default_factory=dict, repr=False, compare=False)

    @property
    def record(self) -> Record:
        """The object that the form describes, or the items of the list that it describes."""
        inner = self.type.item if isinstance(self.type, ListOf) else self.type
        if not isinstance(inner, Record):
            raise TypeError(f"form {self.id} describes no object")
        return inner

    @property
    def fields(self) -> Mapping[str, Type]:
        return self.record.fields

    @property
    def choices(self) -> Mapping[str, tuple[str, ...]]:
        """The fields that have fixed values, with those values."""
        return {n: choice_values(kind) for n, kind in self.fields.items() if choice_values(kind)}

    @property
    def is_list(self) -> bool:
        return isinstance(self.type, ListOf)


@dataclass(frozen=True)
class Endpoint:
    """One request line. `takes` and `answers` are None where no form is documented.

    `role` is one of ROLES, or None for an endpoint that is only asked for what holds everywhere.
    `query` has the names of parameters that may follow the path. `listed` marks an endpoint that
    stands in the page's own table of endpoints.
    """

    id: str
    method: str
    path: str
    summary: str
    source: Source
    takes: Form | None = None
    answers: Form | None = None
    role: str | None = None
    listed: bool = False
    query: tuple[str, ...] = ()

    @property
    def request(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        return self.method not in SAFE_METHODS

    @property
    def handshake(self) -> bool:
        """Whether the provider has a say even in a correct request."""
        return self.role == HANDSHAKE

    @property
    def creates(self) -> bool:
        """Whether credentials may stand after a successful request where none stood before."""
        return self.role in (CREATE, HANDSHAKE)


@dataclass(frozen=True)
class Requirement:
    """One thing that can be true or false of a service.

    `family` is the id as the file writes it, and `parameters` is what its braces stand for.
    """

    id: str
    family: str
    level: str
    endpoint: str
    sentence: str
    source: Source
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def advisory(self) -> bool:
        return self.level == "advisory"


@dataclass(frozen=True)
class Freedom:
    """Something that a lawful service may choose."""

    id: str
    sentence: str
    source: Source


@dataclass(frozen=True)
class Statement:
    """A sentence of the page that something rests on, as key terms of our own.

    Every one of `terms` must stand in the sentence; each is a tuple of alternatives. `supports`
    are the ids of the requirements and freedoms that rest on it.
    """

    id: str
    source: Source
    terms: tuple[tuple[str, ...], ...]
    supports: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """Something that the documentation leaves open, or says in two ways."""

    id: str
    sentence: str
    source: Source


@dataclass(frozen=True)
class PathParameter:
    """A part of the path that the caller fills in."""

    name: str
    type: Type
    description: str
    example: str


@dataclass(frozen=True)
class Contract:
    """The whole contract. Requirements and endpoints are in the order of the file.

    `errors` are documented forms of error answers, which nothing is judged by. `without` maps the
    families, freedoms and statements that are switched off to reasons, and `retired` the ids and
    families of requirements that are no longer there. `families_without_requirement` are families
    that have nothing to be about here.
    """

    name: str
    title: str
    version: str
    base_url: str
    path_parameters: Mapping[str, PathParameter]
    fields: Mapping[str, Field]
    forms: Mapping[str, Form]
    endpoints: Mapping[str, Endpoint]
    support: Mapping[str, Endpoint]
    tolerances: Mapping[str, float]
    requirements: Mapping[str, Requirement]
    freedoms: Mapping[str, Freedom]
    statements: Mapping[str, Statement] = field(default_factory=dict)
    questions: Mapping[str, Question] = field(default_factory=dict)
    errors: tuple[tuple[Source, Type], ...] = ()
    without: Mapping[str, str] = field(default_factory=dict)
    families_without_requirement: tuple[str, ...] = ()
    retired: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> list[Requirement]:
        """The requirements that a name stands for: an id, a family, or a pattern with `*`.

        A role in braces stands for the endpoint that has it: `{create}.stores`, or
        `{read}.json` of the family `{endpoint}.json`. Empty for what has no requirement in this
        contract, which need not have such an endpoint; KeyError for a name that means nothing.
        """
        if name in self.requirements:
            return [self.requirements[name]]
        spelled = self._spelled(name)
        wanted = {name, *spelled}
        found = [
            requirement
            for requirement in self.requirements.values()
            if not wanted.isdisjoint(names := self._names[requirement.id])
            or ("*" in name and any(fnmatchcase(own, other) for own in names for other in wanted))
        ]
        is_absent = not spelled or any(is_of(name, family) for family in self.absent_families)
        if not found and not is_absent:
            raise KeyError(f"there is no requirement {name!r} in {self.name}")
        return found

    @cached_property
    def _names(self) -> Mapping[str, frozenset[str]]:
        """What each requirement is called: its id, its family, and its family at its endpoint."""
        return {
            r.id: frozenset(
                (r.id, r.family, *self._spelled(f"{r.endpoint}.{r.family.partition('.')[2]}"))
            )
            for r in self.requirements.values()
        }

    def _spelled(self, name: str) -> list[str]:
        """A name with the ids of endpoints in place of their roles in braces.

        One spelling for each endpoint with the role at the beginning; none where there is none.
        """
        role, _, rest = name.partition("}.")
        heads = [f"{e.id}." for e in self.having(role[1:])] if role[1:] in ROLES else [""]
        rest = rest if role[1:] in ROLES else name
        for other in ROLES:
            for endpoint in self.having(other)[:1]:
                rest = rest.replace(f"{{{other}}}", endpoint.id)
        return [head + rest for head in heads]

    @property
    def absent_families(self) -> tuple[str, ...]:
        """The families that are switched off, or have nothing to be about here."""
        off = (name for name in self.without if name.startswith("{"))
        return (*self.families_without_requirement, *off)

    def retired_because(self, name: str) -> str | None:
        """Why a requirement is no longer there; None for one that never was, or still is."""
        reasons = (why for old, why in self.retired.items() if is_of(name, old))
        return None if name in self.requirements else next(reasons, None)

    def having(self, role: str) -> tuple[Endpoint, ...]:
        """The endpoints with a role, in the contract's order; empty for none."""
        return tuple(e for e in self.endpoints.values() if e.role == role)

    def the(self, role: str) -> Endpoint:
        """The endpoint with a role; KeyError where the contract has none."""
        found = self.having(role)
        if not found:
            raise KeyError(f"{self.name} has no endpoint with the role {role!r}")
        return found[0]

    def about(self, role: str, name: str) -> str | None:
        """The id of a requirement of the endpoint with a role, such as ("delete", "removes").

        None where the contract has no such endpoint or no such requirement.
        """
        found = (f"{endpoint.id}.{name}" for endpoint in self.having(role))
        return next((known for known in found if known in self.requirements), None)

    @cached_property
    def secret_fields(self) -> frozenset[str]:
        return frozenset(f.name for f in self.fields.values() if f.secret)

    @cached_property
    def secrets_never_answered(self) -> tuple[str, ...]:
        """Secret fields that a request takes and no answer shows."""
        shown = {name for e in self.endpoints.values() if e.answers for name in e.answers.fields}
        taken = dict.fromkeys(
            name for e in self.endpoints.values() if e.takes for name in e.takes.fields
        )
        return tuple(name for name in taken if self.fields[name].secret and name not in shown)

    @cached_property
    def markable_fields(self) -> tuple[str, ...]:
        """The fields whose values can tell who sent them: plain texts, sent and shown.

        Empty where every such field is secret or an enum: then nothing that a killed run left
        behind can be recognised.
        """
        shown = {name for e in self.having(READ) if e.answers for name in e.answers.fields}
        taken = {
            name: kind
            for e in self.endpoints.values()
            if e.creates and e.takes
            for name, kind in e.takes.fields.items()
        }
        return tuple(
            name
            for name, kind in taken.items()
            if isinstance(kind, Text) and name in shown and not self.fields[name].secret
        )

    @cached_property
    def identifiers(self) -> tuple[str, ...]:
        """The fields that identify a resource."""
        return tuple(f.name for f in self.fields.values() if f.identifier)

    @cached_property
    def sendable_fields(self) -> frozenset[str]:
        """Fields that some request takes."""
        return frozenset(n for e in self.endpoints.values() if e.takes for n in e.takes.fields)

    def example(self, form: Form) -> object:
        """The form filled with the examples of its fields."""
        record = {name: form.described[name].example for name in form.fields}
        return [record] if form.is_list else record


def is_of(name: str, family: str) -> bool:
    """Whether a name can be that of a family, or of a requirement of it, whatever the endpoint."""
    _, _, rest = family.partition(".")
    _, dot, told = name.partition(".")
    return bool(dot) and (told == rest or fnmatchcase(told, re.sub(r"\{[^}]*\}", "*", rest)))


def choice_values(kind: Type) -> tuple[str, ...]:
    """The values of an enum notation; empty for every other type."""
    return kind.values if isinstance(kind, Choice) else ()
