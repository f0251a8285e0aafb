"""Whether the base URL leads to the service at all, told before anything is written.

A website answers every address alike, and so does a service below whose path the base URL has a
typing error. What tells is an address that no service has.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from urllib.parse import urlsplit

from contracts.http.exchange import Exchange, Request
from contracts.leaf_user.account import Account
from contracts.spec.model import CREATE, READ

NO_SUCH_PATH = (404, 405)
MOVED = range(300, 400)


def problem_of(account: Account, read: Exchange) -> str | None:
    """Why the service can't be tested, by its answer to the first read; None where it can.

    Where only a documented POST can tell, and may be sent, one is sent.
    """
    url = account.client.base_url
    if read.answer is None:
        return f"{url} does not answer: {read.problem}"
    if _leads_to_https(read):
        return f"{url} redirects to https: give that as --base-url"
    if read.status == 401:
        return "the token is refused (401): it is missing, expired or invalid"
    if read.status in MOVED:
        return f"{url} redirects to {read.answer.header('Location')}: give that as --base-url"
    if not read.shows_nothing and read.json_problem is None:
        return None
    if not (read.succeeded or read.status in NO_SUCH_PATH):
        return None
    nowhere = _ask(account, _elsewhere(read.request))
    if not _is_alike(read, nowhere):
        return None
    seen = f"{read.status} {read.answer.header('Content-Type') or 'without a Content-Type'}"
    question = "is it the service's endpoint?"
    if read.succeeded:
        return f"{url} answers every address alike ({seen}): {question}"
    if _tells_tokens_apart(account, read) and not _takes_no_post(account):
        return None
    return f"{url} answers {read.status} to every request, and has no such address: {question}"


def _tells_tokens_apart(account: Account, read: Exchange) -> bool:
    """Whether a request without a token is answered otherwise."""
    without = [(n, v) for n, v in read.request.headers if n != "Authorization"]
    return not _is_alike(read, _ask(account, replace(read.request, headers=without)))


def _takes_no_post(account: Account) -> bool:
    """Whether a documented POST finds nothing at its address either; false where none may be sent.

    What it may have created is deleted before the first test.
    """
    if account.refusal or not account.contract.having(CREATE):
        return False
    created = account.create()
    return created.status in NO_SUCH_PATH


def _ask(account: Account, request: Request) -> Exchange:
    return account.client.ask_again(account.contract.the(READ).id, request)


def _elsewhere(request: Request) -> Request:
    """The same request for an address that no service has."""
    parent = request.url.rpartition("/")[0]
    return replace(request, url=f"{parent}/no-such-address-{uuid.uuid4().hex[:8]}")


def _is_alike(one: Exchange, other: Exchange) -> bool:
    """Whether two answers can't be told apart but by the address that they may repeat."""
    if one.status != other.status or one.answer is None or other.answer is None:
        return False
    if one.answer.header("Content-Type") != other.answer.header("Content-Type"):
        return False
    return _without_address(one) == _without_address(other)


def _without_address(exchange: Exchange) -> int | str:
    """What an answer says, but for the address; of a long page only how long it is."""
    last = urlsplit(exchange.request.url).path.rpartition("/")[2]
    text = exchange.text.replace(last, "")
    return text if len(text) < 1000 else round(len(text), -2)


def _leads_to_https(exchange: Exchange) -> bool:
    """Whether an answer sends a plain http request to the same place under https."""
    location = exchange.answer.header("Location") if exchange.answer else None
    url = exchange.request.url
    return (
        exchange.status in MOVED
        and location is not None
        and url.startswith("http:")
        and urlsplit(location).scheme == "https"
        and urlsplit(location).hostname == urlsplit(url).hostname
    )
