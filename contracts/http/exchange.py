"""One request with its answer, and what the request was meant to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
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
# What a gateway answers in the service's place; the request may have arrived, or not.
GATEWAY = (502, 504)


@dataclass(frozen=True)
class Expectation:
    """One thing that an answer must show, or must not show, because of what happened before.

    `requirement` is broken by an answer that contradicts it, unless a rule of the module
    `attribution` chooses another expectation. A `{field}` in it stands for the field that differs.
    `values` are by field name; `entries` are log entries. `explains` are the
    kinds of contradiction that it can be the cause of. `since` is the exchange that it rests on,
    `before` those that led to that, and `why` says so in a few words. A `weak` one can be broken,
    and is not evidence when it is not.
    """

    kind: str
    requirement: str
    values: Mapping[str, Any] = field(default_factory=dict)
    entries: tuple[Mapping[str, Any], ...] = ()
    explains: tuple[str, ...] = ()
    since: Exchange | None = None
    before: tuple[Exchange, ...] = ()
    why: str = ""
    weak: bool = False


@dataclass(frozen=True)
class Intent:
    """What a request is meant to be, which is known before it is sent.

    `valid`: it is a documented request and must succeed. `authorised`: it carries the right token.
    `present`: whether the Leaf user has credentials (None: not known). `since`: when, by the
    service's clock, they were created. `about`: the requirement that a failure breaks, where the
    request provokes one. `covers`: requirements that hold if the request succeeds. `innocent`:
    texts that were sent and may be shown. `expected`: what the answer must show. `old`: the
    credentials have stood longer than log entries are kept. `same_token`: not authorised only
    because the right token comes under another scheme.
    """

    valid: bool = False
    authorised: bool = True
    present: bool | None = None
    since: datetime | None = None
    about: str | None = None
    covers: tuple[str, ...] = ()
    innocent: tuple[str, ...] = ()
    expected: tuple[Expectation, ...] = ()
    old: bool = False
    same_token: bool = False

    def expecting(self, *kinds: str) -> tuple[Expectation, ...]:
        """The expectations of these kinds, in their order."""
        return tuple(e for e in self.expected if e.kind in kinds)


@dataclass(frozen=True)
class Shown:
    """By which field names an answer is recognised as one that shows something.

    `fields` are those of its documented form; the `telling` ones among them stand in no error.
    """

    fields: frozenset[str] = frozenset()
    telling: frozenset[str] = frozenset()

    def stands_in(self, value: Any) -> bool:
        """Whether an object with these fields stands anywhere in a JSON value."""
        waiting = [value]
        while waiting:
            value = waiting.pop()
            if isinstance(value, dict):
                # A field that is null shows nothing.
                here = {name for name in self.fields if value.get(name) is not None}
                if self.telling & here or 2 * len(here) >= len(self.fields):
                    return True
                waiting += value.values()
            elif isinstance(value, list):
                waiting += value
        return False

    def stands_in_text(self, text: str) -> bool:
        """The same for a text that is no JSON."""
        here = [name for name in self.fields if f'"{name}"' in text]
        return 2 * len(here) >= len(self.fields) or any(name in text for name in self.telling)


@dataclass(frozen=True)
class Finding:
    """A requirement that did not hold in an exchange, in a reader's words.

    `story` are the earlier exchanges that the finding rests on, the first one first; `rule` names
    the rule by which the requirement was chosen.
    """

    requirement: str
    expected: str
    actual: str
    story: tuple[Exchange, ...] = ()
    rule: str = ""


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
    def alone(self) -> Exchange:
        """The exchange without those that it rests on, so that it can be remembered."""
        judgement = Judgement(
            tuple(replace(finding, story=()) for finding in self.judgement.findings),
            self.judgement.proved,
        )
        return replace(self, intent=replace(self.intent, expected=()), judgement=judgement)

    @property
    def status(self) -> int:
        """The status code, or 0 without an answer."""
        return self.answer.status if self.answer else 0

    @property
    def tells_its_time(self) -> bool:
        """Whether the service says what time it is by its clock."""
        return self.answer is not None and self.answer.header("Date") is not None

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
    def unread(self) -> bool:
        """Whether there is a successful answer whose body could not be read."""
        return self.succeeded and self.problem is not None

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
        if not self.succeeded:
            return self.answer is not None
        if self.problem is not None:
            return False
        if self.is_empty or self._is_null:
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
        return self.status in (404, 410) or (self.succeeded and (self.is_empty or self._is_null))

    @property
    def _is_null(self) -> bool:
        """Whether the answer has documented fields, and null in all of them."""
        if self.shown is None or self.problem is not None or not isinstance(self.json, dict):
            return False
        documented = [value for name, value in self.json.items() if name in self.shown.fields]
        return bool(documented) and all(value is None for value in documented)

    @property
    def is_about_the_request(self) -> bool:
        """Whether the status says something of what was sent, not only of the caller."""
        return not self.failed and self.status not in NOT_ABOUT_THE_REQUEST
