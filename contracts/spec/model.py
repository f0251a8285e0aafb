"""The contract as objects: pages, fields, forms, endpoints and requirements.

Knows nothing of files, HTTP clients, schemas or pytest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from contracts.spec.types import Choice, ListOf, Record, Type

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
    """A place where statements stand; `documented` is false for standards and good sense."""

    id: str
    title: str
    documented: bool = True


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
    """

    id: str
    title: str
    source: Source
    notation: str
    type: Type

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

    `family` is the id as the contract file writes it and `parameters` what its braces stand for.
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

    `errors` are documented forms of error answers, which nothing is judged by.
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

    def named(self, name: str) -> list[Requirement]:
        """The requirements that a name stands for; KeyError for a name that means nothing.

        A name is an id, a family's template, a pattern with `*`, or a template that begins with a
        role in braces, such as `{create}.stores`. The last may stand for none: a contract need not
        have such an endpoint.
        """
        if name in self.requirements:
            return [self.requirements[name]]
        role, _, rest = name.partition("}.")
        if role[1:] in ROLES:
            for other in ROLES:
                for endpoint in self.having(other):
                    rest = rest.replace(f"{{{other}}}", endpoint.id)
            return [r for e in self.having(role[1:]) for r in self._of(e, rest)]
        family = [
            r for r in self.requirements.values() if r.family == name or fnmatchcase(r.id, name)
        ]
        if not family:
            raise KeyError(f"there is no requirement {name!r} in {self.name}")
        return family

    def _of(self, endpoint: Endpoint, name: str) -> list[Requirement]:
        """The requirements of an endpoint with this name or template after its id."""
        return [
            r
            for r in self.requirements.values()
            if r.endpoint == endpoint.id
            and name in (r.id.partition(".")[2], r.family.partition(".")[2])
        ]

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
    def identifiers(self) -> tuple[str, ...]:
        """The fields that identify a resource."""
        return tuple(f.name for f in self.fields.values() if f.identifier)

    @cached_property
    def sendable_fields(self) -> frozenset[str]:
        """Fields that some request takes."""
        return frozenset(n for e in self.endpoints.values() if e.takes for n in e.takes.fields)

    def example(self, form: Form) -> object:
        """The form filled with the examples of its fields."""
        record = {name: self.fields[name].example for name in form.fields}
        return [record] if form.is_list else record


def choice_values(kind: Type) -> tuple[str, ...]:
    """The values of an enum notation; empty for every other type."""
    return kind.values if isinstance(kind, Choice) else ()
