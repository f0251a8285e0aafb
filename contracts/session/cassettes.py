"""Recordings without secrets: what is written into a cassette, how requests match, what is wrong.

A cassette is vcrpy's YAML. Its header says when and from what it was
recorded; in it stand the documented base URL, the documented example of a Leaf user, and no secret.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import yaml

from contracts.http.strict_json import NotJson, loads
from contracts.masking.masking import Secrets, is_telling
from contracts.session.folders import CASSETTES
from contracts.spec.model import Contract

# Not vcrpy's `metadata`, which pytest-recording cannot read.
HEADER = "recording"
MATCH_ON = ("method", "uri", "canonical_body", "authorised")
KEPT_REQUEST_HEADERS = ("accept", "authorization", "content-type")
# What a proxy or a session adds says nothing about the service, and may say too much.
DROPPED_ANSWER_HEADERS = ("set-cookie", "server", "via", "connection", "transfer-encoding")
MAX_AGE_DAYS = 400
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
        example = next(iter(contract.path_parameters.values())).example
        self._replacements = [(base_url.rstrip("/"), contract.base_url)]
        for number, leaf_user in enumerate(leaf_users):
            self._replacements.append((leaf_user, _counted(example, number)))
        self._values = dict(values)
        self._replacements += [(old, new) for old, new in values.items() if is_telling(old)]

    def request(self, request: Any) -> Any:
        """vcrpy's `before_record_request`: also applied to a request that looks for its answer."""
        scrubbed = copy.copy(request)
        scrubbed.uri = self.text(request.uri)
        scrubbed.headers = {
            name: self._secrets.mask_header(name, value)
            for name, value in request.headers.items()
            if name.lower() in KEPT_REQUEST_HEADERS
        }
        scrubbed.body = self._body(request.body or b"")
        return scrubbed

    def response(self, response: dict[str, Any]) -> dict[str, Any]:
        """vcrpy's `before_record_response`."""
        scrubbed = copy.deepcopy(response)
        # First, for the headers may show what only the body tells to be a secret.
        body = self._body(response["body"]["string"])
        scrubbed["headers"] = {
            name: [self.text(self._secrets.mask_header(name, value)) for value in values]
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

    def _body(self, content: bytes) -> bytes:
        try:
            value = loads(content)
        except NotJson:
            return self.text(content.decode("utf-8", "replace")).encode()
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
        return yaml.safe_load(text)


def name_of(test: str) -> str:
    """The name of a test's cassette, without its ending: test_x[y] → x-y."""
    return test.removeprefix("test_").replace("[", "-").rstrip("]")


def orphans(played: Iterable[str], folder: Path = CASSETTES) -> list[str]:
    """A sentence for each file that is no cassette of the tests whose cassettes are `played`."""
    known = {f"{name}.yaml" for name in played}
    return [
        f"{folder.name}/{path.name} is played by no test: delete it"
        for path in sorted(folder.iterdir())
        if path.name not in known and not path.name.startswith(".")
    ]


def unusable(path: Path) -> str | None:
    """Why a cassette cannot be replayed, in a sentence; None when it can."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return f"{path.name} is missing: record it with --record-mode=rewrite"
    except (yaml.YAMLError, OSError, UnicodeDecodeError):
        return f"{path.name} is no YAML: record it anew with --record-mode=rewrite"
    interactions = data.get("interactions") if isinstance(data, dict) else None
    if not interactions:
        return f"{path.name} holds no recorded exchange"
    if not isinstance(interactions, list) or not all(map(_is_exchange, interactions)):
        return f"{path.name} holds something that is no recorded exchange"
    return None


def _is_exchange(value: Any) -> bool:
    try:
        request, response = value["request"], value["response"]
        return (
            {"method", "uri", "body", "headers"} <= request.keys()
            and isinstance(request["headers"], dict)
            and isinstance(response["status"]["code"], int)
            and isinstance(response["headers"], dict)
            and isinstance(response["body"]["string"], str)
        )
    except (KeyError, TypeError, AttributeError):
        return False


def complaints(path: Path, today: datetime | None = None) -> list[str]:
    """What is wrong with a cassette file as such: unusable, undated or old."""
    problem = unusable(path)
    if problem is not None:
        return [problem]
    header = yaml.safe_load(path.read_text(encoding="utf-8")).get(HEADER)
    header = header if isinstance(header, dict) else {}
    try:
        recorded = datetime.fromisoformat(str(header.get("recorded"))).replace(tzinfo=UTC)
    except ValueError:
        return [f"{path.name} does not say when it was recorded"]
    found = [] if header.get("from") else [f"{path.name} does not say from what it was recorded"]
    age = ((today or datetime.now(UTC)) - recorded).days
    if age > MAX_AGE_DAYS:
        found.append(f"{path.name} is {age} days old: record it anew")
    return found


def secrets_in(path: Path, secrets: Secrets) -> bool:
    """Whether a known secret stands anywhere in a file, in any spelling."""
    return secrets.shown_in(path.read_text(encoding="utf-8"))


def origin(url: str) -> str:
    """Scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
