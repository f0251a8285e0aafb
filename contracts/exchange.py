"""One request with its answer, and what the request was meant to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from contracts.strict_json import NotJson, loads

Headers = Sequence[tuple[str, str]]
NOTHING_THERE = (400, 404, 410)


@dataclass(frozen=True)
class Mistake:
    """Values that an answer would show if the service had broken `requirement`."""

    requirement: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Intent:
    """What is known about a request before it is sent; it decides how the answer is judged.

    `valid`: it is a documented request and must succeed. `authorised`: it carries the right token.
    `present`: whether the Leaf user has credentials (None: not known). `since`: when, by the
    service's clock, they were created. `kept`: what a successful answer must show, by field;
    `mistakes`: what it would show instead if it showed other credentials.

    Requirements to blame: `about` for a failure that the request provokes; `missing` when
    credentials that were created are not found; `gone` when an answer shows something although no
    credentials stand.
    """

    valid: bool = False
    authorised: bool = True
    present: bool | None = None
    since: datetime | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    about: str | None = None
    missing: str | None = None
    gone: str | None = None


@dataclass(frozen=True)
class Finding:
    """A requirement that did not hold in an exchange, in a reader's words."""

    requirement: str
    expected: str
    actual: str


@dataclass(frozen=True)
class Judgement:
    """What an exchange showed: which requirements it broke and for which it is evidence."""

    findings: tuple[Finding, ...] = ()
    proved: frozenset[str] = frozenset()

    def finding(self, requirement: str) -> Finding | None:
        """The finding against a requirement, if there is one."""
        return next((f for f in self.findings if f.requirement == requirement), None)


@dataclass(frozen=True)
class Request:
    """What was sent. `url` is absolute."""

    method: str
    url: str
    headers: Headers
    content: bytes = b""


@dataclass(frozen=True)
class Answer:
    """What came back. `content` is decoded as Content-Encoding says."""

    status: int
    reason: str = ""
    headers: Headers = ()
    content: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of that name, or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass(frozen=True)
class Exchange:
    """A request and its answer; `answer` is None and `problem` says why when none came.

    `problem` beside an answer means that its body could not be read. `sent` and `moment` are when
    the request went out and the answer came in, by the service's clock (its Date header, where
    there is one); `elapsed` is in seconds.
    """

    endpoint: str
    request: Request
    answer: Answer | None
    intent: Intent
    sent: datetime
    moment: datetime
    elapsed: float = 0.0
    problem: str | None = None
    judgement: Judgement = field(default=Judgement(), compare=False)

    @property
    def status(self) -> int:
        """The status code, or 0 without an answer."""
        return self.answer.status if self.answer else 0

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        return 400 <= self.status < 500

    @property
    def failed(self) -> bool:
        """No answer, or one that says that the service failed."""
        return self.status == 0 or self.status >= 500

    @cached_property
    def _parsed(self) -> tuple[Any, str | None]:
        try:
            return loads(self.answer.content if self.answer else b""), None
        except NotJson as error:
            return None, str(error)

    @property
    def json(self) -> Any:
        """The body's JSON value, or None when it is no JSON."""
        return self._parsed[0]

    @property
    def json_problem(self) -> str | None:
        """Why the body is no JSON, or None when it is."""
        return self.problem or self._parsed[1]

    @property
    def text(self) -> str:
        """The body as text; bytes that are not UTF-8 are replaced."""
        return self.answer.content.decode("utf-8", "replace") if self.answer else ""

    @property
    def shows_nothing(self) -> bool:
        """Whether the answer holds no data: an error, no body, or an empty JSON value."""
        if self.problem is not None:
            return False
        if not self.succeeded or not self.text.strip():
            return True
        return self.json_problem is None and self.json in (None, {}, [], "")

    @property
    def says_nothing_is_there(self) -> bool:
        """Whether the answer is evidence that there is nothing; a refused token is none."""
        return self.shows_nothing and (self.succeeded or self.status in NOTHING_THERE)

    @property
    def found_nothing(self) -> bool:
        """Whether the answer says that there is nothing to be found."""
        return self.status in (404, 410) or (self.succeeded and self.shows_nothing)
