"""`/__contract`: what a client's own tests ask of the served service and tell it.

GET    /__contract                  state, violations and notices
DELETE /__contract                  start afresh
GET    /__contract/health           is it ready?
POST   /__contract/clock            {"advance": "31d"}
PUT    /__contract/behaviours       ["lawful-slow"]
POST   /__contract/invalid/{id}     this Leaf user's credentials are found invalid
POST   /__contract/confirm/{id}     the handshake that this Leaf user has started comes to its end
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from contracts.http.strict_json import NotJson, loads
from contracts.mock.durations import length

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PREFIX = "/__contract"
JSON = "application/json"
MAX_BODY = 64 * 1024  # bytes
ROUTES = (
    ("GET", PREFIX),
    ("DELETE", PREFIX),
    ("GET", f"{PREFIX}/health"),
    ("POST", f"{PREFIX}/clock"),
    ("PUT", f"{PREFIX}/behaviours"),
    ("POST", f"{PREFIX}/invalid/<leaf_user>"),
    ("POST", f"{PREFIX}/confirm/<leaf_user>"),
)


class Controlled(Protocol):
    """What is controlled; the errors are those of `serving.Served`."""

    def state(self) -> dict[str, Any]: ...
    def start_afresh(self) -> None: ...
    def behave(self, names: Sequence[str]) -> None: ...
    def advance(self, by: timedelta) -> None: ...
    def invalidate(self, leaf_user: str) -> None: ...
    def confirm(self, leaf_user: str) -> None: ...


class _Refused(Exception):
    """The request makes no sense: an HTTP status and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def is_control(environ: WSGIEnvironment) -> bool:
    """Whether a request is one to the controls."""
    path = str(environ.get("PATH_INFO", ""))
    return path == PREFIX or path.startswith(f"{PREFIX}/")


class Control:
    """The controls as a WSGI application. Errors answer `{"error": sentence}`."""

    def __init__(self, controlled: Controlled) -> None:
        self._controlled = controlled
        runs: list[Callable[..., Response]] = [
            self._state,
            self._reset,
            self._health,
            self._clock,
            self._behaviours,
            self._invalid,
            self._confirm,
        ]
        rules = [
            Rule(path, methods=[method], endpoint=run)
            for (method, path), run in zip(ROUTES, runs, strict=True)
        ]
        self._urls = Map(rules, merge_slashes=False).bind("control")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        try:
            run, values = self._urls.match(request.path, request.method)
            response: Response = run(request, **values)
        except HTTPException as error:
            response = _json({"error": f"{error.name}: see GET {PREFIX}"}, error.code or 500)
            response.headers.extend([h for h in error.get_headers() if h[0] == "Allow"])
        except _Refused as error:
            response = _json({"error": str(error)}, error.status)
        return response(environ, start_response)

    def _state(self, request: Request) -> Response:
        return _json(self._controlled.state())

    def _reset(self, request: Request) -> Response:
        self._controlled.start_afresh()
        return Response(status=204)

    def _health(self, request: Request) -> Response:
        return _json({"status": "ready"})

    def _clock(self, request: Request) -> Response:
        sent = _body(request)
        if not isinstance(sent, dict) or not isinstance(sent.get("advance"), str):
            raise _Refused(400, 'the body must be an object such as {"advance": "31d"}')
        try:
            self._controlled.advance(timedelta(seconds=length(sent["advance"])))
        except (ValueError, OverflowError) as error:
            raise _Refused(400, str(error)) from error
        return _json({"now": self._controlled.state()["now"]})

    def _behaviours(self, request: Request) -> Response:
        names = _body(request)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise _Refused(400, 'the body must be a list of names such as ["lawful-slow"]')
        try:
            self._controlled.behave(names)
        except ValueError as error:
            raise _Refused(400, str(error)) from error
        return _json({"behaviours": names})

    def _invalid(self, request: Request, leaf_user: str) -> Response:
        return _done(self._controlled.invalidate, leaf_user, "this Leaf user has no credentials")

    def _confirm(self, request: Request, leaf_user: str) -> Response:
        nothing = "this Leaf user has started no handshake that waits"
        return _done(self._controlled.confirm, leaf_user, nothing)


def _done(do: Callable[[str], None], leaf_user: str, nothing: str) -> Response:
    """Do something for a Leaf user; `nothing` says why that is not possible."""
    try:
        do(leaf_user.lower())
    except KeyError as error:
        raise _Refused(404, nothing) from error
    return Response(status=204)


def _body(request: Request) -> Any:
    """The JSON value that was sent, under whatever label."""
    if (request.content_length or 0) > MAX_BODY:
        raise _Refused(413, f"the body is larger than {MAX_BODY} bytes")
    try:
        return loads(request.stream.read(MAX_BODY))
    except NotJson as error:
        raise _Refused(400, f"the body is no JSON: {error}") from error


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), status, content_type=JSON)
