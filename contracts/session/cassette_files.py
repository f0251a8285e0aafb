"""The files that recordings are kept in: how they are read, and what is wrong with one.

A cassette is vcrpy's YAML with a header. Nothing in it is trusted: it may have been edited, or have
come from somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from contracts.http.strict_json import NotJson, loads
from contracts.masking.masking import Secrets, secret_values, token_like
from contracts.spec import yaml_nodes
from contracts.spec.yaml_nodes import DataError, Node

# Not vcrpy's `metadata`, which pytest-recording cannot read.
HEADER = "recording"
MAX_AGE_DAYS = 400
RECORD = "record it anew with --record-mode=rewrite"
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, section 5.6.2
FIELD_VALUE = re.compile(r"[\t\x20-\x7e]*")


@dataclass(frozen=True)
class Cassette:
    """A cassette that can be replayed. `recorded` and `source` are None when it does not say."""

    name: str
    recorded: datetime | None
    source: str | None
    exchanges: list[Any]

    def age(self, today: datetime | None = None) -> int:
        """Days since it was recorded; 0 when that is not known."""
        return ((today or datetime.now(UTC)) - self.recorded).days if self.recorded else 0


def read(path: Path) -> Cassette:
    """The cassette in a file; `DataError`, one sentence, when it cannot be replayed."""
    if not path.exists():
        raise DataError(f"{path.name} is missing: record it with --record-mode=rewrite")
    try:
        root = yaml_nodes.read(path)
        found = root.record(["interactions"], [HEADER, "version"])
        exchanges = [_exchange(node) for node in found["interactions"].items()]
        header = _header(found.get(HEADER))
    except DataError as error:
        raise DataError(f"{error}; {RECORD}") from error
    if not exchanges:
        raise DataError(f"{path.name} holds no recorded exchange; {RECORD}")
    return Cassette(path.name, _date(header.get("recorded")), header.get("from"), exchanges)


def unusable(path: Path) -> str | None:
    """Why a cassette cannot be replayed, in a sentence; None when it can."""
    try:
        read(path)
    except DataError as error:
        return str(error)
    return None


def complaints(path: Path) -> Iterator[str]:
    """What is wrong with a cassette that is to be kept: unusable, undated, or without a source."""
    try:
        cassette = read(path)
    except DataError as error:
        yield str(error)
        return
    if cassette.recorded is None:
        yield f"{path.name} does not say when it was recorded"
    if not cassette.source:
        yield f"{path.name} does not say from what it was recorded"


def out_of_date(folder: Path, today: datetime | None = None) -> Iterator[str]:
    """A sentence for each usable cassette in a folder that is old, or does not say how old."""
    for path in sorted(folder.glob("*.yaml")):
        if unusable(path) is not None:
            continue
        cassette = read(path)
        if cassette.recorded is None:
            yield f"{path.name} does not say when it was recorded"
        elif (age := cassette.age(today)) > MAX_AGE_DAYS:
            yield f"{path.name} is {age} days old: {RECORD}"


def name_of(test: str) -> str:
    """The name of a test's cassette, without its ending: test_x[y] → x-y."""
    return test.removeprefix("test_").replace("[", "-").rstrip("]")


def orphans(played: Iterable[str], folder: Path) -> list[str]:
    """A sentence for each file that is no cassette of the tests whose cassettes are `played`.

    A folder holds the cassettes of another contract.
    """
    known = {f"{name}.yaml" for name in played}
    return [
        f"{folder.name}/{path.name} is played by no test: delete it"
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in known and not path.name.startswith(".")
    ]


def secrets_in(path: Path, secrets: Secrets, public: Iterable[str] = ()) -> bool:
    """Whether a known secret, or what looks like a token, stands anywhere in a cassette.

    The values of the fields `public` may look like tokens.
    """
    for exchange in read(path).exchanges:
        for text in _texts(exchange):
            shown = [str(value) for value in secret_values(_json(text), public)]
            words = (word for word in token_like(text) if not any(word in s for s in shown))
            if secrets.finds(text) or any(words):
                return True
    # Whatever else stands there, such as comments.
    return secrets.finds(path.read_text(encoding="utf-8"))


# ------------------------------------------------------------- one exchange


def _exchange(node: Node) -> Any:
    parts = node.record(["request", "response"])
    _request(parts["request"])
    _response(parts["response"])
    return node.data()


def _request(node: Node) -> None:
    parts = node.record(["method", "uri", "body", "headers"])
    if not TOKEN.fullmatch(_text(parts["method"])):
        raise parts["method"].error("a method is expected here")
    try:
        host = urlsplit(_text(parts["uri"])).hostname
    except ValueError:
        host = None
    if not host:
        raise parts["uri"].error("a URL is expected here")
    if parts["body"].data() is not None:
        _text(parts["body"])
    _headers(parts["headers"])


def _response(node: Node) -> None:
    parts = node.record(["status", "headers", "body"])
    status = parts["status"].record(["code"], ["message"])
    code = status["code"].value()
    if isinstance(code, bool) or not isinstance(code, int) or not 100 <= code <= 599:
        raise status["code"].error("a status code (100 to 599) is expected here")
    message = status["message"].value() if "message" in status else None
    if message is not None and not FIELD_VALUE.fullmatch(_text(status["message"])):
        raise status["message"].error("a reason phrase in ASCII is expected here")
    for name, value in _headers(parts["headers"]):
        if name.lower() == "content-encoding" and _text(value) != "identity":
            raise value.error("the body is compressed, out of sight of a search for secrets")
    _text(parts["body"].record(["string"])["string"])


def _headers(node: Node) -> list[tuple[str, Node]]:
    found = [
        (name, value)
        for name, values in node.mapping().items()
        for value in (values.items() if values.is_list() else [values])
    ]
    for name, value in found:
        if not TOKEN.fullmatch(name):
            raise value.error("the name of a header is expected before this")
        if not FIELD_VALUE.fullmatch(_text(value)):
            raise value.error("the value of a header, in ASCII, is expected here")
    return found


def _header(node: Node | None) -> dict[str, str]:
    """What a cassette says of itself: texts by name."""
    if node is None or not node.is_mapping():
        return {}
    return {name: str(value.data()) for name, value in node.mapping().items()}


def _date(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    except ValueError:
        return None


def _text(node: Node) -> str:
    if node.is_list() or node.is_mapping():
        raise node.error("a text is expected here")
    value = node.value()
    if not isinstance(value, str):
        raise node.error("a text is expected here")
    return value


def _texts(value: Any) -> Iterator[str]:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            todo += item


def _json(text: str) -> Any:
    try:
        return loads(text.encode("utf-8", "surrogatepass"))
    except NotJson:
        return None
