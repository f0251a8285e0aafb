"""Requests as data without secrets, and requests made of such data, with values of their own.

In texts, `{mark}` is what tells this run's values from others', and `{token}` the token. A secret
is kept as `{"$secret": 1, "like": "xxxx-00"}`, by which another text of the same shape is made; a
value that was configured as `{"$variable": "LEAF_…"}`, the environment variable that it came from.
"""

from __future__ import annotations

import json
import re
import secrets
import string
from collections.abc import Mapping
from itertools import takewhile
from typing import Any

from contracts.http.exchange import Exchange, Headers, Intent, Request
from contracts.http.strict_json import NotJson, loads
from contracts.leaf_user.request_bodies import environment_name
from contracts.masking.masking import MASK
from contracts.session.settings import Unusable
from contracts.session.targets import Target
from contracts.spec.model import Contract

MARK, LEAF_USER = "{mark}", "{leaf_user}"
# What is cut off a token, and what stands for it.
CUT = re.compile(r"\{token\[:-(\d{1,4})\]\}")
MADE_UP = re.compile(r"\{made-up:(\d{1,4})\}")
FEW = 4  # letters that a made-up word may have in common with the token by chance
SCHEME = re.compile(r"[A-Za-z]{1,12}")


class Writer:
    """Writes the exchanges of a run as steps; a secret has the same number in all of them."""

    def __init__(self, contract: Contract, target: Target) -> None:
        self._contract, self._target = contract, target
        self._variables = {
            value: environment_name(name) for name, value in target.settings.real.items()
        }
        self._numbers: dict[str, int] = {}

    def step(self, exchange: Exchange, leaf_user: str) -> dict[str, Any]:
        """A request and what it was meant to be, as JSON-able data."""
        request, intent = exchange.request, exchange.intent
        path = request.url.removeprefix(self._target.client.base_url)
        given = [value for name, value in request.headers if name.lower() == "authorization"]
        others = [
            [name, self._target.secrets.mask_header(name, value)]
            for name, value in request.headers
            if name.lower() != "authorization"
        ]
        return {
            "endpoint": exchange.endpoint,
            "method": request.method,
            "path": path.replace(leaf_user, LEAF_USER) if leaf_user else path,
            "authorization": [_recipe(value, self._target.client.token) for value in given],
            "headers": others,
            **self._content(request.content),
            "answered": exchange.status,
            "meant": {
                "valid": intent.valid,
                "authorised": intent.authorised,
                "present": intent.present,
                "about": intent.about,
                "covers": list(intent.covers),
            },
        }

    def _content(self, content: bytes) -> dict[str, Any]:
        if not content:
            return {}
        try:
            value = loads(content)
        except NotJson:
            value = None
        if value is not None and json.dumps(value).encode() == content:
            return {"json": self._value(value)}
        encoding = "utf-8"
        try:
            text = content.decode()
        except UnicodeDecodeError:
            encoding = "latin-1"
            text = content.decode(encoding)
        return {"text": self._marked(self._target.secrets.mask(text)), "encoding": encoding}

    def _value(self, value: Any, *, secret: bool = False) -> Any:
        if isinstance(value, dict):
            return {
                name: self._value(inner, secret=secret or self._target.secrets.is_secret(name))
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self._value(inner, secret=secret) for inner in value]
        if not isinstance(value, str):
            return value
        if value in self._variables:
            return {"$variable": self._variables[value]}
        if value and (secret or self._target.secrets.mask(value) != value):
            number = self._numbers.setdefault(value, len(self._numbers) + 1)
            return {"$secret": number, "like": _shape(value)}
        return self._marked(value)

    def _marked(self, text: str) -> str:
        return text.replace(self._target.bodies.mark, MARK)


class Maker:
    """Makes requests of steps, for one replay: with its own mark, token and secrets."""

    def __init__(self, target: Target, environment: Mapping[str, str]) -> None:
        self._target, self._environment = target, environment
        self._secrets: dict[int, str] = {}

    def request(self, step: Mapping[str, Any], leaf_user: str) -> Request:
        """The request of a step for a Leaf user."""
        client = self._target.client
        headers: Headers = [
            *(("Authorization", _authorization(v, client.token)) for v in step["authorization"]),
            *((name, value) for name, value in step["headers"]),
        ]
        url = client.base_url + step["path"].replace(LEAF_USER, leaf_user)
        return Request(step["method"], url, headers, self._content(step))

    def intent(self, step: Mapping[str, Any]) -> Intent:
        """What a step is meant to be."""
        meant = step["meant"]
        return Intent(
            valid=meant["valid"],
            authorised=meant["authorised"],
            about=meant["about"],
            covers=tuple(meant["covers"]),
        )

    def _content(self, step: Mapping[str, Any]) -> bytes:
        if "json" in step:
            return json.dumps(self._value(step["json"])).encode()
        text: str = self._marked(step.get("text", ""))
        while MASK in text:
            text = text.replace(MASK, secrets.token_hex(8), 1)
        return text.encode(step.get("encoding", "utf-8"), "replace")

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(inner) for inner in value]
        if isinstance(value, str):
            return self._marked(value)
        if not isinstance(value, dict):
            return value
        if "$variable" in value:
            return self._configured(str(value["$variable"]))
        if "$secret" in value:
            shape = str(value.get("like", ""))
            return self._secrets.setdefault(value["$secret"], _made_like(shape))
        return {name: self._value(inner) for name, inner in value.items()}

    def _configured(self, variable: str) -> str:
        if not self._environment.get(variable):
            raise Unusable(f"{variable} is missing: it was set when this failure was seen")
        return self._environment[variable].rstrip("\r\n")

    def _marked(self, text: str) -> str:
        return text.replace(MARK, self._target.bodies.mark)


def _shape(value: str) -> str:
    """A text that shows no secret: each letter is an x, each digit a 0; the rest stays."""
    lower = re.sub("[a-z]", "x", value)
    return re.sub("[0-9]", "0", re.sub("[A-Z]", "X", lower))


def _made_like(shape: str) -> str:
    """A text of that shape, whose letters and digits are drawn at random."""
    letters = {"x": string.ascii_lowercase, "X": string.ascii_uppercase, "0": string.digits}
    return "".join(secrets.choice(letters.get(char, char)) for char in shape)


def _recipe(value: str, token: str) -> str:
    """How an Authorization header is made of the token: never the token itself."""
    words = value.split(" ")
    return " ".join(_word(word, token, first=not n and len(words) > 1)
                    for n, word in enumerate(words))  # fmt: skip


def _word(word: str, token: str, *, first: bool) -> str:
    if first and SCHEME.fullmatch(word):
        return word
    for text, name in ((token, "{token}"), (token.swapcase(), "{token:swapcase}")):
        if text and text in word:
            return word.replace(text, name)
    same = takewhile(lambda pair: pair[0] == pair[1], zip(word, token, strict=False))
    common = sum(1 for _ in same)
    if common > FEW:
        return f"{{token[:-{len(token) - common}]}}" + _shape(word[common:])
    return f"{{made-up:{len(word)}}}" if word and not SCHEME.fullmatch(word) else word


def _authorization(recipe: str, token: str) -> str:
    value = recipe.replace("{token}", token).replace("{token:swapcase}", token.swapcase())
    value = CUT.sub(lambda found: token[: -int(found[1])], value)
    return MADE_UP.sub(lambda found: secrets.token_hex(2048)[: int(found[1])], value)
