"""What a target does where the page is silent: named, typed observations, seen in passing.

An `Observer` listens to the exchanges that the suite sends anyway. What may be observed is derived
from the contract: its endpoints, in the circumstances that the page leaves open, and the fields of
their forms. Values are the same for the same service: no ids, no random text, no secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from contracts.http.exchange import Answer, Exchange, Request
from contracts.leaf_user.request_bodies import OTHER_MEDIA_TYPES
from contracts.masking.masking import MASK, Secrets
from contracts.report.value_shapes import body_shape, name_shape, ordered, spoken, text_shape
from contracts.spec.model import Contract, Endpoint
from contracts.spec.types import Timestamp

Key: TypeAlias = tuple[str, str, str]  # endpoint, circumstance, kind

OWN_HEADERS = {"authorization", "content-type"}  # what the suite's own requests carry
LABELLED = "other-media-type"  # a circumstance for each label
MAX_VALUES = 20
MAX_ANSWERED = 1000  # answers that are remembered so as not to be looked at again
# How long after a creation something was seen, in seconds.
DELAYS = (1, 10, 60, 600)

# In words that follow "GET /users", and in the order of the report.
CIRCUMSTANCES: Mapping[str, str] = {
    "documented": "as documented",
    "absent": "where there are no credentials",
    "repeated": "right after the same request",
    "on-existing": "where there are credentials already",
    "unknown-user": "for a Leaf user who does not exist",
    "auth": "without a valid token",
    "malformed": "with a body that is no JSON object",
    **{
        f"other-media-type.{label}": f"with JSON labelled `{media_type}`"
        if media_type
        else "with JSON and an empty Content-Type"
        for label, media_type in OTHER_MEDIA_TYPES.items()
    },
    "requires": "without a field",
    "null": "with a null",
    "type": "with a value of another type",
    "text": "with an unusual text",
    "refuses-others": "with a value that is none of the documented ones",
    "unknown-field": "with a field that is not documented",
}
# What is seen of an answer → how a sentence about it goes on.
ASPECTS: Mapping[str, str] = {
    "status": "is answered with",
    "media-type": "is answered with the Content-Type",
    "body": "is answered with this body:",
    "effect": "changes these fields of what is read:",
}
FINDINGS: Mapping[str, str] = {
    "further-fields": "Further fields in answers to {request}:",
    "id-shape": "Identifiers in answers to {request} have the shape",
    "values": "Values of `{field}` in answers to {request}:",
    "order": "The entries in answers to {request} come",
    "delay": "What was created shows in answers to {request}",
}
HEADERS = "-headers"
HEADER_KINDS: Mapping[str, tuple[str, ...]] = {
    "caching": ("cache-control", "pragma", "vary", "etag", "last-modified", "expires", "age"),
    "rate-limit": ("retry-after", "ratelimit", "x-ratelimit", "x-rate-limit"),
    "security": (
        "strict-transport-security",
        "content-security-policy",
        "cross-origin",
        "permissions-policy",
        "referrer-policy",
        "x-content-type-options",
        "x-frame-options",
        "x-xss-protection",
    ),
    "encoding": ("content-encoding",),
}
# Headers whose values are few and telling; of others only the name is noted.
TELLING_HEADERS = {
    "cache-control", "pragma", "vary", "strict-transport-security", "referrer-policy",
    "x-content-type-options", "x-frame-options", "x-xss-protection", "content-encoding",
}  # fmt: skip


@dataclass(frozen=True)
class Observation:
    """One thing that was seen. `values` are all that were seen, sorted; none means nothing.

    `id` is `endpoint.circumstance.aspect` or `endpoint.kind`; `endpoint` is None for what is
    the same everywhere. `type` is the aspect or kind, and `circumstance` is empty for a kind.
    """

    id: str
    endpoint: str | None
    circumstance: str
    type: str
    values: tuple[str, ...]
    sentence: str

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "endpoint": self.endpoint,
            "circumstance": self.circumstance,
            "type": self.type,
            "value": list(self.values),
            "sentence": self.sentence,
        }


class Observer:
    """Collects observations from exchanges. It can be written out and merged."""

    def __init__(self, contract: Contract, secrets: Secrets) -> None:
        self._contract = contract
        self._secrets = secrets
        self._seen: dict[Key, set[str]] = {}
        self._users = {name: _user_pattern(e) for name, e in contract.endpoints.items()}
        self._answered: set[tuple[Any, ...]] = set()
        self._last_write: tuple[str, str] | None = None  # endpoint and Leaf user
        self._shown: tuple[str, Any] | None = None  # Leaf user and what was last read
        self._changing: tuple[str, str, Any] | None = None  # endpoint, Leaf user, what was before
        self._lasting = _lasting(contract)

    def __call__(self, exchange: Exchange) -> None:
        """Look at one exchange."""
        answer = exchange.answer
        if answer is None or exchange.problem is not None:
            return
        self._headers(answer)
        found = self._users[exchange.endpoint].search(exchange.request.url)
        if found is None or not _is_own(exchange):
            return
        endpoint, user = self._contract.endpoints[exchange.endpoint], found[1]
        circumstance = self._circumstance(endpoint, exchange, user)
        media_type = answer.header("Content-Type")
        known = (exchange.endpoint, circumstance, answer.status, media_type, answer.content)
        if circumstance is not None and known not in self._answered:
            if len(self._answered) < MAX_ANSWERED:
                self._answered.add(known)
            self._answer(endpoint, circumstance, exchange, answer)
        if circumstance == "repeated":  # which is where there are no credentials, too
            self._answer(endpoint, "absent", exchange, answer)
        if exchange.intent.authorised:
            self._follow(endpoint, exchange, user, circumstance)
            if exchange.succeeded and endpoint.answers:
                self._content(endpoint, exchange)

    def observations(self) -> list[Observation]:
        """All that was seen, in the order of the contract's endpoints, without secrets."""
        endpoints = list(self._contract.endpoints)
        circumstances, kinds = (
            [*CIRCUMSTANCES, ""],
            [*ASPECTS, *FINDINGS, *(f"{kind}{HEADERS}" for kind in HEADER_KINDS)],
        )

        def place(key: Key) -> tuple[int, int, int, str]:
            name, circumstance, kind = key
            where = endpoints.index(name) if name in endpoints else len(endpoints)
            what = kinds.index(kind.partition(".")[0])
            return where, circumstances.index(circumstance), what, kind

        seen = self._without_secrets()
        return [self._observation(*key, seen[key]) for key in sorted(seen, key=place)]

    def as_json(self) -> list[Any]:
        """What another process needs in order to `merge` this into its own; without secrets."""
        return [[*key, values] for key, values in self._without_secrets().items()]

    def merge(self, data: list[Any]) -> None:
        """Add what another process has written with `as_json`."""
        for endpoint, circumstance, kind, values in data:
            self._seen.setdefault((endpoint, circumstance, kind), set()).update(values)

    # ------------------------------------------------------------ what an exchange shows

    def _circumstance(self, endpoint: Endpoint, exchange: Exchange, user: str) -> str | None:
        """Which of CIRCUMSTANCES a request was sent in; None for one that is not told apart."""
        intent = exchange.intent
        if intent.about is not None:
            about = self._contract.requirements[intent.about]
            kind = about.family.split(".")[1]
            if kind == LABELLED:
                return _label(exchange.request)
            if kind in CIRCUMSTANCES:
                return kind
        if not intent.authorised:
            return None
        if intent.valid:
            return "documented"
        if endpoint.takes is None and intent.present is False:
            repeated = endpoint.writes and self._last_write == (endpoint.id, user)
            return "repeated" if repeated else "absent"
        return None

    def _answer(
        self, endpoint: Endpoint, circumstance: str, exchange: Exchange, answer: Answer
    ) -> None:
        self._note(endpoint.id, circumstance, "status", str(answer.status))
        judged = circumstance == "documented" and exchange.succeeded and endpoint.answers
        media_type = answer.header("Content-Type")
        self._note(endpoint.id, circumstance, "media-type", media_type or "none")
        if not judged and not (
            exchange.succeeded and endpoint.answers and not exchange.shows_nothing
        ):
            self._note(endpoint.id, circumstance, "body", body_shape(exchange))

    def _follow(
        self, endpoint: Endpoint, exchange: Exchange, user: str, circumstance: str | None
    ) -> None:
        """What a request changed, told by the reads before and after it."""
        is_read = not endpoint.writes and endpoint.answers and not endpoint.answers.is_list
        if endpoint.writes:
            before = self._shown[1] if self._shown and self._shown[0] == user else None
            known = circumstance == "on-existing" and before is not None
            self._changing = (endpoint.id, user, before) if known else None
            if not exchange.failed:
                self._last_write = endpoint.id, user
        elif is_read and self._changing and self._changing[1] == user:
            name, _, before = self._changing
            if isinstance(exchange.json, dict) and exchange.succeeded:
                self._note_all(name, "on-existing", "effect", self._changed(before, exchange.json))
            self._changing = None
        shows_record = endpoint.answers and not endpoint.answers.is_list and exchange.succeeded
        if shows_record and isinstance(exchange.json, dict):
            self._shown = user, exchange.json

    def _changed(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
        return [name for name in self._lasting if before.get(name) != after.get(name)]

    def _content(self, endpoint: Endpoint, exchange: Exchange) -> None:
        """What a successful answer shows that its form leaves open."""
        form = endpoint.answers
        if form is None:
            return
        value = exchange.json
        entries = [
            e for e in (value if isinstance(value, list) else [value]) if isinstance(e, dict)
        ]
        name = endpoint.id
        for entry in entries:
            further = (name_shape(key) for key in entry.keys() - form.fields.keys())
            self._note_all(name, "", "further-fields", further)
            for field in form.fields:
                known, inner = self._contract.fields[field], entry.get(field)
                if known.identifier and isinstance(inner, (str, int)):
                    self._note(name, "", "id-shape", text_shape(str(inner)))
                elif known.volatile and not known.secret and isinstance(inner, str):
                    self._note(name, "", f"values.{field}", text_shape(inner, words=True))
        if form.is_list:
            self._list(endpoint, exchange, entries)

    def _list(self, endpoint: Endpoint, exchange: Exchange, entries: list[dict[str, Any]]) -> None:
        fields = endpoint.answers.fields if endpoint.answers else {}
        for field in (name for name, kind in fields.items() if isinstance(kind, Timestamp)):
            way = ordered([str(entry.get(field)) for entry in entries])
            if way is not None:
                self._note(endpoint.id, "", "order", way)
        since = exchange.intent.since
        if entries and since is not None:
            age = (exchange.moment - since).total_seconds()
            bound = next((limit for limit in DELAYS if age <= limit), None)
            if bound is not None:
                self._note(endpoint.id, "", "delay", str(bound))

    def _headers(self, answer: Answer) -> None:
        if ("", "", f"caching{HEADERS}") not in self._seen:
            for kind in HEADER_KINDS:
                self._note_all("", "", f"{kind}{HEADERS}", ())
        for name, value in answer.headers:
            known = _header_kind(name)
            if known is not None:
                kind, lowered, telling = known
                noted = f"{lowered}: {value}" if telling else lowered
                self._note("", "", f"{kind}{HEADERS}", noted)

    # ------------------------------------------------------------ keeping it

    def _note(self, endpoint: str, circumstance: str, kind: str, value: str) -> None:
        values = self._seen.setdefault((endpoint, circumstance, kind), set())
        if value in values or len(values) >= MAX_VALUES:
            return
        values.add(MASK if self._secrets.shown_in(value) else value)

    def _note_all(self, endpoint: str, circumstance: str, kind: str, values: Iterable[str]) -> None:
        """Note several values, or that there were none."""
        self._seen.setdefault((endpoint, circumstance, kind), set())
        for value in values:
            self._note(endpoint, circumstance, kind, value)

    def _without_secrets(self) -> dict[Key, list[str]]:
        texts = sorted({value for values in self._seen.values() for value in values})
        masked = dict(zip(texts, map(self._secrets.mask, texts), strict=True))
        return {
            key: sorted({masked[value] for value in values}) for key, values in self._seen.items()
        }

    def _observation(
        self, name: str, circumstance: str, kind: str, values: list[str]
    ) -> Observation:
        if kind == "delay":
            values = [f"within {min(map(int, values))} s"]
        kind, _, detail = kind.partition(".")
        where = name or "service"
        parts = [where, circumstance, kind, detail]
        return Observation(
            ".".join(filter(None, parts)), name or None, circumstance, kind, tuple(values),
            self._sentence(name, circumstance, kind, detail, values),
        )  # fmt: skip

    def _sentence(
        self, name: str, circumstance: str, kind: str, detail: str, values: list[str]
    ) -> str:
        shown = spoken(kind, values)
        if not name:
            return f"Headers about {kind.removesuffix(HEADERS)} in answers: {shown}."
        request = self._contract.endpoints[name].request
        if circumstance:
            asked = f"{request} {CIRCUMSTANCES[circumstance]}"
            return f"{asked} {ASPECTS[kind]} {shown}."
        return f"{FINDINGS[kind].format(request=request, field=detail)} {shown}."


def _is_own(exchange: Exchange) -> bool:
    """Whether the suite itself made the request, rather than a generator of random ones."""
    return all(name.lower() in OWN_HEADERS for name, _ in exchange.request.headers)


def _label(request: Request) -> str | None:
    """Which of CIRCUMSTANCES a body of JSON under another media type was sent in."""
    sent = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    known = (label for label, media_type in OTHER_MEDIA_TYPES.items() if media_type == sent)
    return next((f"{LABELLED}.{label}" for label in known), None)


def _user_pattern(endpoint: Endpoint) -> re.Pattern[str]:
    """Finds the first path parameter's value in a URL that ends with an endpoint's path."""
    path = re.sub(r"\\{\w+\\}", "([^/?]+)", re.escape(endpoint.path))
    return re.compile(path + "$")


def _lasting(contract: Contract) -> tuple[str, ...]:
    """The fields of resources that may be shown and that nothing but a request changes."""
    shown = {n for e in contract.endpoints.values() if e.answers for n in e.answers.fields}
    fields = (contract.fields[name] for name in sorted(shown))
    return tuple(field.name for field in fields if not (field.secret or field.volatile))


@lru_cache(maxsize=512)
def _header_kind(name: str) -> tuple[str, str, bool] | None:
    """What kind of header this is, its name in lower case, and whether its value is noted."""
    lowered = name.lower()
    for kind, beginnings in HEADER_KINDS.items():
        if lowered.startswith(beginnings):
            return kind, lowered, lowered in TELLING_HEADERS
    return None
