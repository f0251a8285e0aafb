"""The embedded service: a lawful, stateful implementation of the contract, as a WSGI application.

What the contract documents it does; where the contract is silent it makes one sane choice. A
`Behaviour` makes it choose otherwise, or misbehave. The steps of an exchange, each with its hook:

    on_request → authorize → accept → find / store / remove / entries → answer
"""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.http import http_date
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from contracts.service.body import json_answer, refusals_of
from contracts.service.hooks import Answer, Behaviour, Call, Stop
from contracts.service.leaf_users import (
    CREATE_USER,
    INSISTED_ON,
    LIST_USERS,
    LOGIN,
    LeafUsers,
    support_endpoints,
)
from contracts.service.store import (
    PROVIDER_OK,
    PROVIDER_REFUSED,
    Entry,
    Maker,
    Record,
    Store,
    known_leaf_users,
)
from contracts.spec.load import load
from contracts.spec.model import CHANGE, CREATE, DELETE, HANDSHAKE, LOG, READ, Contract, Endpoint
from contracts.spec.types import Type

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

DEFAULT_TOKEN = "contract-test-token"  # noqa: S105 (it opens nothing but this service)
PROBLEM = "application/problem+json"

V = TypeVar("V")


class _WireResponse(Response):
    default_mimetype = None


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Service:
    """The service; an instance is a WSGI application, and several share nothing.

    `clock` answers aware datetimes. The same `seed` gives the same ids and tokens. `lock` guards
    `store`: hold it to change the two together. `endpoints` are all that are served, by id.
    """

    def __init__(
        self,
        contract: Contract | None = None,
        *,
        token: str = DEFAULT_TOKEN,
        clock: Callable[[], datetime] = _utc_now,
        seed: int | None = None,
        behaviours: Sequence[Behaviour] = (),
    ) -> None:
        self.contract = contract or load()
        self.base_path = urlsplit(self.contract.base_url).path
        self.token = token
        # WSGI decodes header values as Latin-1, whatever they are.
        self._expected_token = token.encode().decode("latin-1").encode()
        self._clock, self._passed = clock, timedelta(0)
        self.behaviours = tuple(behaviours)
        self.lock = threading.RLock()
        self.store = Store()
        self.make = Maker(self.contract, self.clock, seed)
        self.endpoints: Mapping[str, Endpoint] = {
            **self.contract.endpoints,
            **support_endpoints(self.contract),
        }
        routes = _routes(self.endpoints.values(), self.base_path)
        self._urls = _url_map(*routes).bind("embedded")
        # By role, where the endpoints of the support have their ids.
        self._handlers: Mapping[str, Callable[[Call], Answer]] = {
            READ: self._read,
            CREATE: self._create,
            CHANGE: self._change,
            DELETE: self._delete,
            LOG: self._log,
            HANDSHAKE: self._handshake,
        }
        self._leaf_users = LeafUsers(self)
        for user in known_leaf_users(self.contract):
            self._add(user)

    # ------------------------------------------------------------- for those in the same process

    def add_leaf_user(self) -> str:
        """A fresh Leaf user without credentials; its id."""
        with self.lock:
            user = self.make.uuid()
            self._add(user)
            return user

    def _add(self, user: str) -> None:
        self._leaf_users.add(user, {})
        if not any(endpoint.creates for endpoint in self.contract.endpoints.values()):
            # Nobody can make credentials here: they stand from the start.
            made = self.make.record(self._of(READ), {})
            self.store.put(user, made.logged(self.make.entry(self._of(LOG))))

    def clock(self) -> datetime:
        """What time it is for the service."""
        return self._clock() + self._passed

    def pass_time(self, seconds: float) -> None:
        """Let time pass for the service, at once."""
        self._passed += timedelta(seconds=seconds)

    def credentials(self, leaf_user: str) -> dict[str, Any] | None:
        """All that is stored of a Leaf user's credentials, by field; also what is never shown."""
        record = self.store.get(leaf_user)
        return None if record is None else dict(record.values)

    def log(self, leaf_user: str) -> list[dict[str, Any]]:
        """All log entries of a Leaf user's credentials, newest first, those of any age."""
        record = self.store.get(leaf_user)
        return [] if record is None else [dict(entry.values) for entry in record.entries]

    def process(self, leaf_user: str, *, status: str | None = None) -> None:
        """Do what background processing does: renew the token, write to the log, set the status.

        Nothing happens to a Leaf user without credentials. A `status` means that the provider
        refused the credentials.
        """
        with self.lock:
            record = self.store.get(leaf_user)
            if record is None:
                return
            renewed = self.make.renewed(self._of(READ), record, status)
            code = PROVIDER_OK if status is None else PROVIDER_REFUSED
            entry = self.make.entry(self._of(LOG), code)
            self.store.put(leaf_user, renewed.logged(entry))

    # ------------------------------------------------------------- the steps of an exchange

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        call = self._receive(environ)
        try:
            answer = self._exchange(call)
        except Stop as stop:
            answer = stop.answer
        answer.headers.append(("Date", http_date(self.clock())))
        for behaviour in self.behaviours:
            answer = behaviour.answer(call, answer)
        response = _WireResponse(answer.body(), answer.status, answer.headers)
        return response(environ, start_response)

    def _receive(self, environ: WSGIEnvironment) -> Call:
        _mend_path(environ)
        request = Request(environ)
        try:
            endpoint, values = self._urls.match(request.path, request.method)
        except MethodNotAllowed as error:
            return Call(self, request, allowed_methods=tuple(sorted(error.valid_methods or ())))
        except NotFound:
            return Call(self, request)
        user = next((value.lower() for value in values.values()), None)
        return Call(self, request, endpoint, user)

    def _exchange(self, call: Call) -> Answer:
        for behaviour in self.behaviours:
            behaviour.on_request(call)
        if call.endpoint != LOGIN:
            self._authorize(call)
        if not call.endpoint:
            raise Stop(self._nothing_there(call))
        if call.leaf_user is not None and self.store.profile(call.leaf_user) is None:
            raise Stop(self.no_leaf_user(call))
        handler = self._leaf_users.handlers.get(call.endpoint)
        return (handler or self._handlers.get(call.role or "", self._other))(call)

    def _authorize(self, call: Call) -> None:
        allowed = self._is_authorized(call.headers.get("Authorization", ""))
        for behaviour in self.behaviours:
            allowed = behaviour.authorize(call, allowed)
        if not allowed:
            raise Stop(self.unauthorized(call))

    def _is_authorized(self, header: str) -> bool:
        scheme, _, token = header.partition(" ")
        # compare_digest takes no text beyond ASCII, and a token from an in-process caller can hold
        # anything, so both sides are put into bytes in a way that never fails and never collides.
        given = token.encode("utf-8", "surrogatepass")
        return scheme.lower() == "bearer" and hmac.compare_digest(given, self._expected_token)

    def accept(self, call: Call) -> dict[str, Any]:
        """The documented fields of the body; raises `Stop` when the body is refused."""
        kinds = self._taken(call.endpoint)
        refusals = list(refusals_of(call, kinds))
        for behaviour in self.behaviours:
            refusals = behaviour.accept(call, refusals)
        if refusals:
            sentence = " ".join(refusal.sentence for refusal in refusals)
            raise Stop(self.problem(call, refusals[0].status, sentence))
        body = call.body if isinstance(call.body, dict) else {}
        return _only(kinds, body)

    def _find(self, call: Call) -> Record | None:
        record = self.store.get(_user(call))
        for behaviour in self.behaviours:
            record = behaviour.find(call, record)
        return record

    # ------------------------------------------------------------- answers

    def problem(self, call: Call, status: int, sentence: str = "") -> Answer:
        """An error answer as Leaf's other pages show them; it repeats nothing that was sent."""
        endpoint = self.endpoints.get(call.endpoint)
        content = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "path": endpoint.path if endpoint else "",
            "message": sentence or HTTPStatus(status).description,
            "errorKey": f"http.{status}",
        }
        return Answer(status, [("Content-Type", PROBLEM)], content)

    def unauthorized(self, call: Call) -> Answer:
        """The answer to a request without a good token."""
        answer = self.problem(call, 401, "A bearer token is missing, expired or invalid.")
        answer.headers.append(("WWW-Authenticate", "Bearer"))
        return answer

    def _nothing_there(self, call: Call) -> Answer:
        if not call.allowed_methods:
            return self.problem(call, 404, "There is nothing here.")
        answer = self.problem(call, 405)
        answer.headers.append(("Allow", ", ".join(call.allowed_methods)))
        return answer

    # ------------------------------------------------------------- endpoints

    def _read(self, call: Call) -> Answer:
        with self.lock:
            record = self._find(call)
        if record is None:
            return self._no_credentials(call)
        return json_answer(200, _only(self.shown(call.endpoint), record.values))

    def _create(self, call: Call) -> Answer:
        record = self._keep(call, self.accept(call))
        shown = _only(self.shown(call.endpoint), record.values)
        return json_answer(201, shown) if shown else Answer(204)

    def _change(self, call: Call) -> Answer:
        sent = self.accept(call)
        with self.lock:
            record = self._find(call)
            if record is None:
                return self._no_credentials(call)
            changed = record.changed(**sent)
            self.store.put(_user(call), changed)
        return json_answer(200, _only(self.shown(call.endpoint), changed.values))

    def _handshake(self, call: Call) -> Answer:
        record = self._keep(call, self.accept(call))
        # No form is documented: show what the caller can't know and may know.
        hidden = self.contract.sendable_fields | self.contract.secret_fields
        shown = [name for name in self._of(READ) if name not in hidden]
        return json_answer(201, _only(shown, record.values))

    def _keep(self, call: Call, sent: Mapping[str, Any]) -> Record:
        """Make credentials of what was sent and store them; what was made, stored or not."""
        with self.lock:
            kinds = {**self._of(READ), **self.shown(call.endpoint)}
            made = self.make.record(kinds, sent)
            made = made.logged(self.make.entry(self._of(LOG)))
            record: Record | None = made
            for behaviour in self.behaviours:
                record = behaviour.store(call, record)
            # The Leaf user may have been deleted while the body was read.
            if record is not None and self.store.profile(_user(call)) is not None:
                self.store.put(_user(call), record)
        return made

    def _other(self, call: Call) -> Answer:
        """An endpoint without a role: the example of its form, whoever asks."""
        form = self.endpoints[call.endpoint].answers
        if self._taken(call.endpoint):
            self.accept(call)
        return json_answer(200, self.contract.example(form)) if form else Answer(204)

    def _delete(self, call: Call) -> Answer:
        with self.lock:
            if self._find(call) is None:
                return self._no_credentials(call)
            removing = True
            for behaviour in self.behaviours:
                removing = behaviour.remove(call, removing)
            if removing:
                self.store.drop(_user(call))
        return Answer(204)

    def _log(self, call: Call) -> Answer:
        with self.lock:
            record = self._find(call)
            entries = self._available(record) if record else []
            for behaviour in self.behaviours:
                entries = behaviour.entries(call, entries)
        if record is None and not entries:
            return self._no_credentials(call)
        shown = self.shown(call.endpoint)
        return json_answer(200, [_only(shown, entry.values) for entry in entries])

    def _available(self, record: Record) -> list[Entry]:
        oldest = self.clock() - timedelta(seconds=self.contract.tolerances["retention"])
        return [entry for entry in record.entries if entry.written >= oldest]

    def no_leaf_user(self, call: Call) -> Answer:
        """The answer where the Leaf user of the path is not known."""
        return self.problem(call, 404, "There is no such Leaf user.")

    def _no_credentials(self, call: Call) -> Answer:
        return self.problem(call, 404, "The Leaf user has no credentials.")

    # ------------------------------------------------------------- what the contract says

    def shown(self, endpoint: str) -> Mapping[str, Type]:
        """The fields that an endpoint answers, by its id."""
        form = self.endpoints[endpoint].answers
        return form.fields if form else {}

    def _of(self, role: str) -> Mapping[str, Type]:
        """The fields that the endpoint with a role answers; none where there is none."""
        endpoints = self.contract.having(role)
        return self.shown(endpoints[0].id) if endpoints else {}

    def _taken(self, endpoint: str) -> Mapping[str, Type]:
        form = self.endpoints[endpoint].takes
        fields = form.fields if form else {}
        return _only(INSISTED_ON.get(endpoint, fields), fields)


def _routes(endpoints: Iterable[Endpoint], base_path: str) -> Iterator[tuple[str, str, str]]:
    for endpoint in endpoints:
        path = endpoint.path.replace("{", "<").replace("}", ">")
        path = path if endpoint.id == LOGIN else base_path + path
        yield endpoint.id, endpoint.method, path
        if endpoint.id in (CREATE_USER, LIST_USERS):
            yield endpoint.id, endpoint.method, f"{path}/"


@lru_cache(maxsize=8)
def _url_map(*routes: tuple[str, str, str]) -> Map:
    """The routes `(endpoint, method, path)`; cached, for it costs more than a service's life."""
    rules = [Rule(path, methods=[method], endpoint=name) for name, method, path in routes]
    return Map(rules, strict_slashes=True, merge_slashes=False)


def _only(names: Iterable[str], values: Mapping[str, V]) -> dict[str, V]:
    return {name: values[name] for name in names if name in values}


def _user(call: Call) -> str:
    """The Leaf user of a call; nobody where the path names none."""
    return call.leaf_user or ""


def _mend_path(environ: WSGIEnvironment) -> None:
    """Put the path into the form that WSGI asks for; httpx hands over decoded text instead."""
    path = environ.get("PATH_INFO", "")
    try:
        path.encode("latin-1")
    except UnicodeEncodeError:
        environ["PATH_INFO"] = path.encode("utf-8", "replace").decode("latin-1")
