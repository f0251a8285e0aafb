"""The support endpoints of the embedded service: a login, and Leaf users. No page of a provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from contracts.service.body import json_answer
from contracts.service.hooks import Answer, Call
from contracts.spec.model import Contract, Endpoint

if TYPE_CHECKING:
    from contracts.service.app import Service

REFUSED_PASSWORD = "wrong"  # noqa: S105
LOGIN = "login"  # the one endpoint on the host's root, and the one that needs no token
CREATE_USER, DELETE_USER = "create-leaf-user", "delete-leaf-user"
READ_USER, LIST_USERS = "read-leaf-user", "list-leaf-users"
LOGIN_PAIR = ("username", "password")
# What clients are seen to send: no rememberMe, or a boolean; and a name and an address alone.
INSISTED_ON = {LOGIN: LOGIN_PAIR, CREATE_USER: ("name", "email")}


def support_endpoints(contract: Contract) -> dict[str, Endpoint]:
    """The contract's support endpoints, and two that read what they make."""
    deleting, creating = contract.support[DELETE_USER], contract.support[CREATE_USER]
    further = (
        replace(deleting, id=READ_USER, method="GET"),
        replace(creating, id=LIST_USERS, method="GET", takes=None, answers=None),
    )
    return {**contract.support, **{endpoint.id: endpoint for endpoint in further}}


class LeafUsers:
    """Answers for a service; its `handlers` are by endpoint id."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.handlers: Mapping[str, Callable[[Call], Answer]] = {
            LOGIN: self._login,
            CREATE_USER: self._create,
            READ_USER: self._read,
            DELETE_USER: self._delete,
            LIST_USERS: self._list,
        }

    def add(self, user: str, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        """Add a Leaf user; answers how it is shown."""
        service = self._service
        profile = service.make.profile(service.shown(CREATE_USER), user, sent)
        service.store.add_user(user, profile)
        return profile

    def _login(self, call: Call) -> Answer:
        sent = self._service.accept(call)
        name, password = (sent.get(field) for field in LOGIN_PAIR)
        if not name or not password:
            sentence = f"{' and '.join(LOGIN_PAIR)} must not be empty."
            return self._service.problem(call, HTTPStatus.BAD_REQUEST, sentence)
        if password == REFUSED_PASSWORD:
            return self._service.unauthorized(call)
        return json_answer(200, dict.fromkeys(self._service.shown(LOGIN), self._service.token))

    def _create(self, call: Call) -> Answer:
        self._service.accept(call)
        sent = call.body if isinstance(call.body, dict) else {}
        with self._service.lock:
            return json_answer(201, self.add(self._service.make.uuid(), sent))

    def _read(self, call: Call) -> Answer:
        profile = self._service.store.profile(call.leaf_user or "")
        return json_answer(200, profile) if profile else self._service.no_leaf_user(call)

    def _list(self, call: Call) -> Answer:
        with self._service.lock:
            store = self._service.store
            return json_answer(200, [store.profile(user) for user in store.users])

    def _delete(self, call: Call) -> Answer:
        with self._service.lock:
            self._service.store.remove_user(call.leaf_user or "")
        return Answer(204)
