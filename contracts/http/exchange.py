"""One request with its answer, and what the request was meant to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from contracts.http.strict_json import NotJson, loads

Headers = Sequence[tuple[str, str]]
NOTHING_THERE = (400, 404, 410)
# Refusals that are about the caller or the moment, and say nothing of what was asked.
NOT_ABOUT_THE_REQUEST = (401, 407, 408, 425, 429)
# Answers that come from a limit or from what stands before the service.
OF_THE_MOMENT = (429, 502, 503, 504)


@dataclass(frozen=True)
class Mistake:
    """Values that an answer would show if the service had broken `requirement`.

    `stood`: they are those of credentials that did stand once, for this Leaf user.
    """

    requirement: str
    values: Mapping[str, Any]
    stood: bool = False


@dataclass(frozen=True)
class Intent:
    """What is known about a request before it is sent; it decides how the answer is judged.

    `valid`: it is a documented request and must succeed. `authorised`: it carries the right token.
    `present`: whether the Leaf user has credentials (None: not known). `since`: when, by the
    service's clock, they were created. `kept`: what a successful answer must show, by field;
    `mistakes`: what it would show instead if it showed other credentials. `innocent` are texts
    that were sent and may be shown. Requirements that hold if
    the request succeeds: `covers`; if nothing is shown where nothing should be: `by_nothing`.
    `logged` are the log entries that were shown before.

    Requirements to blame: `about` for a failure that the request provokes; `kept_by` when a value
    of `kept` is not shown, `elsewhere` when none of them is; `missing` when
    credentials that were created are not found; `gone` when an answer shows something although no
    credentials stand; `lost` when a log entry that was `logged` is no longer there.
    """

    valid: bool = False
    authorised: bool = True
    present: bool | None = None
    since: datetime | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    kept_by: str | None = None
    elsewhere: str | None = None
    mistakes: tuple[Mistake, ...] = ()
    innocent: tuple[str, ...] = ()
    about: str | None = None
    missing: str | None = None
    gone: str | None = None
    by_nothing: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    logged: tuple[Mapping[str, Any], ...] = ()
    lost: str | None = None


@dataclass(frozen=True)
class Shown:
    """By which field names an answer is recognised as one that shows something.

    `fields` are those of its documented form; the `telling` ones among them stand in no error.
    """

    fields: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()

    def stands_in(self, value: Any) -> bool:
        """Whether an object with these fields stands anywhere in a JSON value."""
        if isinstance(value, dict):
            here = self.fields & value.keys()
            return (
                bool(self.telling & here)
                or 2 * len(here) >= len(self.fields)
                or any(map(self.stands_in, value.values()))
            )
        return isinstance(value, list) and any(map(self.stands_in, value))

    def stands_in_text(self, text: str) -> bool:
        """The same for a text that is no JSON."""
        here = [name for name in self.fields if f'"{name}"' in text]
        return 2 * len(here) >= len(self.fields) or any(name in text for name in self.telling)


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
    there is one); `elapsed` is in seconds. `shown` is what the endpoint's answers show, None for
    one without a documented form.
    """

    endpoint: str
    request: Request
    answer: Answer | None
    intent: Intent
    sent: datetime
    moment: datetime
    elapsed: float = 0.0
    problem: str | None = None
    shown: Shown | None = None
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
    def is_empty(self) -> bool:
        """Whether the answer has no body, or an empty JSON value."""
        if self.problem is not None:
            return False
        if not self.text.strip():
            return True
        return self.json_problem is None and self.json in (None, {}, [], "")

    @property
    def shows_nothing(self) -> bool:
        """Whether the answer holds no data: an error, no body, or nothing that is documented.

        Some services wrap what they have not found into a 200, and some say so in HTML.
        """
        if self.problem is not None:
            return False
        if not self.succeeded or self.is_empty:
            return True
        if self.shown is None:
            return False
        if self.json_problem is not None:
            return not self.shown.stands_in_text(self.text)
        return not self.shown.stands_in(self.json)

    @property
    def says_nothing_is_there(self) -> bool:
        """Whether the answer is evidence that there is nothing; a refused token is none."""
        return self.shows_nothing and (self.succeeded or self.status in NOTHING_THERE)

    @property
    def found_nothing(self) -> bool:
        """Whether the answer says, without a word to spare, that there is nothing to be found."""
        return self.status in (404, 410) or (self.succeeded and self.is_empty)

    @property
    def is_about_the_request(self) -> bool:
        """Whether the status says something of what was sent, not only of the caller."""
        return not self.failed and self.status not in NOT_ABOUT_THE_REQUEST
