"""What a client's requests are worth: each is judged by the request forms of the contract.

A `Remark` never holds a value that was sent, but for words that are near documented ones. What
breaks the forms is a violation; what is only unusual, a notice.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from http import HTTPMethod
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

from contracts.http.strict_json import NotJson, loads
from contracts.masking.masking import Secrets
from contracts.mock.near_paths import Paths
from contracts.service.body import CURLS_OWN, JSON
from contracts.service.hooks import MAX_BODY, Behaviour, Call, Serving
from contracts.service.leaf_users import LIST_USERS, LOGIN, LOGIN_PAIR
from contracts.spec.model import Contract, Endpoint, Form, Source, choice_values
from contracts.spec.types import Type, describe, is_uuid, misfit

VIOLATION, NOTICE = "violation", "notice"
KEPT = 1000  # remarks of each level; the oldest go first
MAX_NAMES, MAX_WORDS = 8, 200
# Undocumented everywhere, and asked for by proxies and browsers on their own.
HARMLESS_METHODS = ("HEAD", "OPTIONS")
SEEN = (
    "contracts.mock.request_audit"  # the key in the WSGI environment under which a `Seen` is left
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}")
_METHODS = frozenset(HTTPMethod)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, 2.1
_PLACEHOLDER = re.compile(r"(YOUR|MY)_?TOKEN|[<{].*[>}]|undefined|null|None|", re.IGNORECASE)
_CHARSETS = ("utf-8", "utf8", "us-ascii")  # whose letters mean the same in UTF-8
_ALIKE, _MEANT = 0.5, 0.7  # of values, and of names; 1 is the same
# Those that may be named; a header can hold anything.
_MEDIA_TYPES = (
    "application/javascript",
    "application/octet-stream",
    "application/xml",
    "multipart/form-data",
    "text/html",
    "text/json",
    "text/plain",
)


@dataclass(frozen=True)
class Remark:
    """One thing about one request that is not as the contract has it.

    `rule` is a stable name such as `field.missing`. `request` is the documented request line, or
    what was asked for where none is documented; `number` counts all requests from 1.
    """

    number: int
    level: str
    rule: str
    endpoint: str | None
    request: str
    leaf_user: str | None
    field: str | None
    expected: str
    actual: str
    source: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.request}: {self.expected} expected, {self.actual} came ({self.source})"


@dataclass(frozen=True)
class Seen:
    """One request as it may be shown: its method and path, and its violations."""

    method: str
    path: str
    violations: int


@dataclass(frozen=True)
class _Flaw:
    """A remark before it is known of which request."""

    rule: str
    expected: str
    actual: str
    source: Source | None = None
    field: str | None = None
    mild: bool = False


class Audit(Behaviour):
    """Judges every request and keeps the remarks. To be the first of a service's behaviours."""

    def __init__(self, service: Serving) -> None:
        self._secrets = Secrets(service.contract.secret_fields)
        self._secrets.keep(service.token, "token")
        self._paths = Paths(service.contract, service.endpoints.values())
        # Apart, so that a client that is noticed often loses no violation.
        self._remarks = {level: deque[Remark](maxlen=KEPT) for level in (VIOLATION, NOTICE)}
        self._told: Counter[str] = Counter()
        self._lock = Lock()
        self.requests: Counter[str] = Counter()

    def remarks(self, level: str = VIOLATION) -> list[Remark]:
        """The remarks of a level, in the order of the requests."""
        with self._lock:
            return list(self._remarks[level])

    def dropped(self, level: str = VIOLATION) -> int:
        """How many remarks of a level are no longer kept."""
        with self._lock:
            return self._told[level] - len(self._remarks[level])

    def on_request(self, call: Call) -> None:
        path = self._paths.shown(call.request.path)
        method = _method(call)
        endpoint = call.service.endpoints.get(call.endpoint)
        meant = endpoint or self._paths.near(call.request.path, method)
        with self._lock:  # the secrets, too, are learnt and masked by one request at a time
            flaws = list(self._flaws(call, endpoint, meant, f"{method} {path}"))
            self.requests[endpoint.id if endpoint else ""] += 1
            request = endpoint.request if endpoint else f"{method} {path}"
            number = self.requests.total()
            remarks = [self._remark(number, call, meant, request, flaw) for flaw in flaws]
            for remark in remarks:
                self._remarks[remark.level].append(remark)
                self._told[remark.level] += 1
        violations = sum(remark.level == VIOLATION for remark in remarks)
        call.request.environ[SEEN] = Seen(method, path, violations)

    def _remark(
        self, number: int, call: Call, endpoint: Endpoint | None, request: str, flaw: _Flaw
    ) -> Remark:
        source = flaw.source or (endpoint.source if endpoint else None)
        user = call.leaf_user
        return Remark(
            number=number,
            level=NOTICE if flaw.mild else VIOLATION,
            rule=flaw.rule,
            endpoint=endpoint.id if endpoint else None,
            request=request,
            leaf_user=user if user and is_uuid(user) else None,
            field=self._secrets.mask(flaw.field) if flaw.field else None,
            expected=flaw.expected,
            actual=self._secrets.mask(flaw.actual),
            source=str(source) if source else call.service.contract.title,
        )

    # ------------------------------------------------------------- the request line

    def _flaws(
        self, call: Call, endpoint: Endpoint | None, meant: Endpoint | None, asked: str
    ) -> Iterator[_Flaw]:
        """What is wrong; `meant` is the endpoint that was asked for or all but asked for."""
        if meant is None:
            documented = "a request that the contract documents"
            yield _Flaw("path.elsewhere", documented, asked, mild=True)
            return
        here = meant.id in call.service.contract.endpoints
        if endpoint is not None:
            yield from _request_line(call, endpoint)
        elif call.allowed_methods:
            # Leaf's other pages may document more of what can be done with Leaf users.
            elsewhere = not here and meant.id != LOGIN
            yield _method_flaw(call, " or ".join(_documented(call)), elsewhere)
        else:
            yield _Flaw("path", meant.request, asked)
        # A list may be asked for page by page.
        if (endpoint is not None or here) and call.endpoint != LIST_USERS:
            yield from _query(call)
        # Before a request to another origin a browser asks with OPTIONS, and never with a token.
        if meant.id != LOGIN and _method(call) != "OPTIONS":
            yield from _authorization(call)
        if endpoint is not None:
            yield from self._body(call, endpoint)

    # ------------------------------------------------------------- the body

    def _body(self, call: Call, endpoint: Endpoint) -> Iterator[_Flaw]:
        form = endpoint.takes
        if form is None:
            if call.raw:
                yield _Flaw("body.undocumented", "no body", f"a body of {_size(call.raw)}")
            return
        if not call.raw:
            yield _Flaw("body.missing", describe(form.type), "no body", form.source)
            return
        yield from _media_type(call, form)
        if len(call.raw) > MAX_BODY:
            actual = f"more than {MAX_BODY} bytes"
            yield _Flaw("body.too-large", f"{describe(form.type)} of moderate size", actual)
            return
        try:
            body = loads(call.raw)
        except NotJson as error:
            actual = _form_data(call.raw) or f"no JSON: {error}"[:MAX_WORDS]
            yield _Flaw("body.not-json", describe(form.type), actual, form.source)
            return
        self._secrets.learn(body)
        if not isinstance(body, dict):
            yield _Flaw("body.not-object", describe(form.type), _kind(body), form.source)
            return
        yield from _fields(call.service.contract, endpoint, form, body)


def _request_line(call: Call, endpoint: Endpoint) -> Iterator[_Flaw]:
    if _has_encoded_slash(call):
        yield _Flaw("path", endpoint.request, "a path with an encoded slash")
    if _method(call) != endpoint.method:
        yield _method_flaw(call, endpoint.method)
    parameters = [p for p in call.service.contract.path_parameters if f"{{{p}}}" in endpoint.path]
    for name in parameters:
        if call.leaf_user is not None and not is_uuid(call.leaf_user):
            kind = call.service.contract.path_parameters[name].type
            left = call.leaf_user.lower() == f"{{{name}}}".lower()
            actual = "the braces of the documentation" if left else _text(call.leaf_user)
            yield _Flaw("path.parameter", describe(kind), actual, field=name)


def _has_encoded_slash(call: Call) -> bool:
    """WSGI hands over a decoded path; what was asked for is known on a socket."""
    asked = str(call.request.environ.get("REQUEST_URI", ""))
    return "%2f" in asked.partition("?")[0].lower()


def _query(call: Call) -> Iterator[_Flaw]:
    query = call.request.query_string.decode("latin-1")
    if query:
        pairs = [pair.partition("=") for pair in query.split("&") if pair][:MAX_NAMES]
        # What has no "=" may as well be a value.
        names = [
            _name(unquote_plus(name)) if equals else f"a text of {len(name)} characters"
            for name, equals, _ in pairs
        ]
        yield _Flaw("query", "no query", f"a query with {', '.join(names) or 'no names'}")


def _documented(call: Call) -> list[str]:
    return [name for name in call.allowed_methods if name not in HARMLESS_METHODS]


def _method_flaw(call: Call, expected: str, mild: bool = False) -> _Flaw:
    method = _method(call)
    return _Flaw("method", expected, method, mild=mild or method in HARMLESS_METHODS)


def _authorization(call: Call) -> Iterator[_Flaw]:
    source = call.service.endpoints[LOGIN].source
    actual = _wrong_authorization(call)
    if actual is not None:
        rule, words = actual
        yield _Flaw(f"authorization.{rule}", "Authorization: Bearer and a token", words, source)


def _wrong_authorization(call: Call) -> tuple[str, str] | None:
    header = call.headers.get("Authorization")
    if header is None:
        return "missing", "no Authorization"
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        known = scheme.lower() in ("basic", "digest", "token", "apikey", "jwt")
        return "scheme", f"the scheme {scheme.lower()}" if known else "another scheme, or none"
    # Header values are Latin-1, whatever they are; in this process they may be decoded further.
    if token.encode("latin-1", "replace") == call.service.token.encode():
        return None
    if _PLACEHOLDER.fullmatch(token.strip()):
        return "token", "the scheme with a placeholder" if token.strip() else "the scheme alone"
    if not _TOKEN.fullmatch(token):
        return "token", "a token with blanks, commas or other letters that no token has"
    return "refused", f"another token than the service's ({len(token)} characters)"


def _media_type(call: Call, form: Form) -> Iterator[_Flaw]:
    header = call.headers.get("Content-Type", "")
    media_type = header.partition(";")[0].strip().lower()
    charset = call.request.mimetype_params.get("charset", "utf-8").lower()
    if not media_type:
        yield _Flaw("media-type", JSON, "no Content-Type", form.source)
    elif media_type == CURLS_OWN:
        # The page's own curl example sends its JSON like this.
        yield _Flaw("media-type.curl", JSON, CURLS_OWN, form.source, mild=True)
    elif media_type != JSON and not media_type.endswith("+json"):
        known = media_type if media_type in _MEDIA_TYPES else "another media type"
        yield _Flaw("media-type", JSON, known, form.source)
    elif charset not in _CHARSETS:
        yield _Flaw("media-type", f"{JSON} in UTF-8", "another charset", form.source)


def _fields(
    contract: Contract, endpoint: Endpoint, form: Form, body: Mapping[str, Any]
) -> Iterator[_Flaw]:
    for name, kind in form.fields.items():
        # The service itself asks for no more than these at the login.
        mild = endpoint.id == LOGIN and name not in LOGIN_PAIR
        if name not in body:
            yield _Flaw("field.missing", describe(kind), "nothing", form.source, name, mild)
        elif misfit(kind, body[name]) is not None:
            rule = "field.value" if isinstance(body[name], str) else "field.type"
            actual = _wrong_value(contract, name, kind, body[name])
            yield _Flaw(rule, describe(kind), actual, form.source, name, mild)
    if form.record.open_ended:
        return
    for name in body.keys() - form.fields.keys():
        left = {_plain(known): known for known in form.fields if known not in body}
        meant = get_close_matches(_plain(name), left, 1, cutoff=_MEANT)
        expected = f"`{left[meant[0]]}`" if meant else "no such field"
        field = name if _NAME.fullmatch(name) else None
        yield _Flaw("field.unknown", expected, f"a field {_name(name)}", form.source, field)


# ------------------------------------------------------------- words without values


def _wrong_value(contract: Contract, name: str, kind: Type, value: Any) -> str:
    """A wrong value in words; only a misspelling of a documented value is shown as it is."""
    if isinstance(value, str) and not contract.fields[name].secret:
        near = get_close_matches(value.upper(), choice_values(kind), 1, cutoff=_ALIKE)
        if near and _NAME.fullmatch(value):
            return value
    return _kind(value)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return _text(value)
        case list():
            return f"a list of {len(value)}"
    return "an object"


def _text(value: str) -> str:
    return f"another text ({len(value)} characters)" if value else "an empty text"


def _name(name: str) -> str:
    return f"`{name}`" if _NAME.fullmatch(name) else f"with a name of {len(name)} characters"


def _plain(name: str) -> str:
    """The beginning of a name as it is compared with others."""
    return re.sub("[^a-z0-9]", "", name[:MAX_WORDS].lower())


def _method(call: Call) -> str:
    method = call.request.method
    return method if method in _METHODS else "another method"


def _size(raw: bytes) -> str:
    return f"{len(raw)} bytes" if len(raw) <= MAX_BODY else f"more than {MAX_BODY} bytes"


def _form_data(raw: bytes) -> str | None:
    """What a body without JSON is, if it is a form as a browser sends it."""
    if raw.lstrip().startswith((b"{", b"[", b"--")):  # JSON with a mistake, or multipart
        return None
    try:
        pairs = parse_qsl(raw.decode(), strict_parsing=True, max_num_fields=100)
    except ValueError:
        return None
    return f"a form of {len(pairs)} names and values, not JSON" if pairs else None
