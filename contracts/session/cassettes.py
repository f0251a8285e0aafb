"""How recordings are made: what is written into a cassette, and which request matches which.

In a cassette stand the documented base URL, the documented example of a Leaf user, and no secret.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import yaml

from contracts.http.strict_json import NotJson, loads
from contracts.http.transport import TooLarge, Unreadable, decoded
from contracts.masking.masking import Secrets, is_telling, secret_values
from contracts.session.cassette_files import HEADER
from contracts.spec import yaml_nodes
from contracts.spec.model import Contract

MATCH_ON = ("method", "uri", "canonical_body", "authorised")
KEPT_REQUEST_HEADERS = ("accept", "authorization", "content-type")
# What a proxy or a session adds says nothing about the service, and may say too much. A body is
# written down decoded.
DROPPED_ANSWER_HEADERS = (
    "set-cookie",
    "server",
    "via",
    "connection",
    "transfer-encoding",
    "content-encoding",
)
EMBEDDED_SOURCE = "the embedded service, over a socket"


class VcrRequest(Protocol):
    """What is used here of vcrpy's request."""

    uri: str
    headers: Mapping[str, str]
    body: bytes | str | None


class Scrubber:
    """Makes requests and answers fit to be written down, and matches them in that form.

    `base_url` and `leaf_users` are the real ones; each is replaced by a documented example.
    `values` are further texts that belong to an account, with what stands for them.
    """

    def __init__(
        self,
        contract: Contract,
        secrets: Secrets,
        base_url: str,
        leaf_users: tuple[str, ...],
        values: Mapping[str, str],
    ) -> None:
        self._secrets = secrets
        self._identifiers = contract.identifiers
        example = next(iter(contract.path_parameters.values())).example
        self._replacements = [(base_url.rstrip("/"), contract.base_url)]
        for number, leaf_user in enumerate(leaf_users):
            self._replacements.append((leaf_user, _counted(example, number)))
        self._values = dict(values)
        self._replacements += [(old, new) for old, new in values.items() if is_telling(old)]
        # Bodies that were sent: what is said of their words need not be a token.
        self._sent: set[str] = set()

    def request(self, request: Any) -> Any:
        """vcrpy's `before_record_request`: also applied to a request that looks for its answer."""
        scrubbed = copy.copy(request)
        scrubbed.uri = self.text(request.uri)
        scrubbed.headers = {
            name: _in_ascii(self._secrets.mask_header(name, value))
            for name, value in request.headers.items()
            if name.lower() in KEPT_REQUEST_HEADERS
        }
        scrubbed.body = self._body(request.body or b"")
        self._sent.add(scrubbed.body.decode())
        return scrubbed

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """vcrpy's `before_record_response`. The body is decoded and headers are written in ASCII.

        A body that is not what its Content-Encoding says is left out.
        """
        headers = [(n, v) for n, values in response["headers"].items() for v in values]
        content = _decoded(response["body"]["string"], headers)
        self._suspect(content, [value for _, value in headers])
        body = self._body(content)
        scrubbed = copy.deepcopy(response)
        scrubbed["status"]["message"] = _in_ascii(self.text(response["status"]["message"] or ""))
        scrubbed["headers"] = {
            name: [_in_ascii(self.text(self._secrets.mask_header(name, v))) for v in values]
            for name, values in response["headers"].items()
            if name.lower() not in DROPPED_ANSWER_HEADERS
        }
        scrubbed["body"] = {"string": body}
        for name in scrubbed["headers"]:
            if name.lower() == "content-length":
                scrubbed["headers"][name] = [str(len(body))]
        return scrubbed

    def text(self, text: str) -> str:
        """A text without secrets and without what belongs to one account."""
        for old, new in self._replacements:
            text = text.replace(old, new)
        return self._secrets.mask(text)

    def _suspect(self, content: bytes, headers: list[str]) -> None:
        """Mask what looks like a token, as in a run that records nothing."""
        value = self._made_up(_json_or_text(content))
        identifiers = map(str, secret_values(value, self._identifiers))
        self._secrets.suspect([value, *headers], [*self._sent, *identifiers])

    def _body(self, content: bytes) -> bytes:
        value = _json_or_text(content)
        if isinstance(value, str) and not content.strip().startswith(b'"'):
            return self.text(value).encode()
        self._secrets.learn(value)
        masked = self._secrets.mask_json(self._made_up(value))
        return self.text(json.dumps(masked, ensure_ascii=False)).encode()

    def _made_up(self, value: Any) -> Any:
        """A JSON value in which what stands for the account's own texts stands instead of them."""
        if isinstance(value, dict):
            return {name: self._made_up(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._made_up(inner) for inner in value]
        return self._values.get(value, value) if isinstance(value, str) else value


def _counted(example: str, number: int) -> str:
    """The example id, or one that ends in a higher digit."""
    return example[:-1] + str(int(example[-1]) + number)


def _decoded(content: bytes, headers: list[tuple[str, str]]) -> bytes:
    """A body as its Content-Encoding says; nothing when that cannot be undone."""
    try:
        return decoded(content, (v for n, v in headers if n.lower() == "content-encoding"))
    except (TooLarge, Unreadable):
        return b""


def _in_ascii(text: str) -> str:
    """A header's value as it can be sent again: other letters and control characters escaped."""
    escaped = text.encode("ascii", "backslashreplace").decode()
    return "".join(c if c.isprintable() or c == "\t" else f"\\x{ord(c):02x}" for c in escaped)


def _json_or_text(content: bytes) -> Any:
    try:
        return loads(content)
    except NotJson:
        return content.decode("utf-8", "replace")


def canonical_body(one: VcrRequest, other: VcrRequest) -> bool:
    """Whether two requests have the same JSON body, whatever its spacing and order of names."""
    return _canonical(one.body) == _canonical(other.body)


def authorised(one: VcrRequest, other: VcrRequest) -> bool:
    """Whether both requests carry a token, or neither does."""
    return ("Authorization" in one.headers) == ("Authorization" in other.headers)


def _canonical(body: bytes | str | None) -> object:
    content = body.encode() if isinstance(body, str) else body or b""
    try:
        return json.dumps(loads(content), sort_keys=True)
    except NotJson:
        return content


class Serializer:
    """vcrpy's serializer, with a header that says what the recording is."""

    def __init__(self, source: str) -> None:
        self._source = source

    def serialize(self, cassette: dict[str, Any]) -> str:
        header = {
            "recorded": f"{datetime.now(UTC):%Y-%m-%d}",
            "from": self._source,
            "note": "Secrets are masked; base URL and Leaf users are the documented examples.",
        }
        return yaml.safe_dump(
            {HEADER: header, **cassette},
            sort_keys=False,
            allow_unicode=True,
            width=100,
        )

    def deserialize(self, text: str) -> Any:
        return yaml_nodes.parse(text, "a cassette").data()


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
