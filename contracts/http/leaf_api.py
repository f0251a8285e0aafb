"""The endpoints of other pages that the suite needs: login, and Leaf users of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from contracts.http.client import Client
from contracts.http.exchange import Exchange
from contracts.http.link import Unreachable
from contracts.http.outcomes import NotChecked
from contracts.http.wording import describe_answer

# So that whoever finds such a Leaf user knows where it comes from.
NAME = "panorama-contracts, a throw-away Leaf user of the contract suite"
REFUSALS = (400, 401, 403)


def log_in(client: Client, username: str, password: str) -> str | None:
    """Get a token and use it from now on; None when the login is refused.

    Raises `NotChecked`, which says the status, when it is not even that.
    """
    login = client.contract.support["login"]
    parts = urlsplit(client.base_url)
    url = f"{parts.scheme}://{parts.netloc}{login.path}"
    body = {**_example(client, "login"), "username": username, "password": password}
    exchange = client.support(login, url, body)
    if exchange.status in REFUSALS:
        return None
    answer = _answered(exchange)
    token = (
        next((answer.get(name) for name in login.answers.fields), None) if login.answers else None
    )
    if not isinstance(token, str):
        raise NotChecked(f"the login is answered {describe_answer(exchange)}, without a token")
    client.use_token(token)
    return token


def create_leaf_user(client: Client) -> str | None:
    """Create a Leaf user that is recognisably the suite's own; its id, None when refused."""
    creating = client.contract.support["create-leaf-user"]
    body = {**_example(client, "create-leaf-user"), "name": NAME}
    answer = _answered(client.support(creating, client.base_url + creating.path, body))
    ids = [answer.get(name) for name in client.contract.identifiers]
    return next((value for value in ids if isinstance(value, str)), None)


def delete_leaf_user(client: Client, leaf_user: str) -> bool:
    """Delete a Leaf user; whether it is gone."""
    deleting = client.contract.support["delete-leaf-user"]
    try:
        exchange = client.support(deleting, client.url(deleting, leaf_user))
    except (Unreachable, NotChecked):
        return False
    return exchange.succeeded or exchange.found_nothing


def _example(client: Client, endpoint: str) -> dict[str, Any]:
    form = client.contract.support[endpoint].takes
    return {name: client.contract.fields[name].example for name in form.fields} if form else {}


def _answered(exchange: Exchange) -> dict[str, Any]:
    """The object in a successful answer; empty for every other answer."""
    return exchange.json if exchange.succeeded and isinstance(exchange.json, dict) else {}
