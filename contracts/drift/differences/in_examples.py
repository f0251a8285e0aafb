"""What the request examples send beside path and body: the token's scheme, and other headers.

The scheme is read from the text of an example, whatever its language; other headers where the
language is known, or where their names say that they are headers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from contracts.drift.differences.change import Change
from contracts.drift.page.examples import SHELL, read
from contracts.drift.page.model import Example, Page, Request
from contracts.drift.questions.question import Found, slug
from contracts.spec.model import Contract

SCHEME = "bearer"
SENDS = "sends-"  # how the ids of such questions begin
DOCUMENTED = {"scheme": "Bearer", "token": "Bearer", "media-type": "application/json"}
# Headers that a client sends by itself, or that say how a body is written.
ORDINARY = frozenset(
    ("authorization", "content-type", "accept", "accept-encoding", "accept-language", "user-agent",
     "host", "connection", "content-length", "cache-control", "origin", "referer")
)  # fmt: skip
_WHOLE = re.compile(r"""(?im)(?:["'`]|^[ \t]*)Authorization:[ ]*([A-Za-z][\w-]*)?([ ])?""")
_QUOTED = re.compile(
    r"""(?i)\bAuthorization["'`]?\]?\s*(?::|=>|=|,)\s*[fbru$@]{0,2}["'`]([A-Za-z][\w-]*)?([ ])?"""
)
_OTHER = re.compile(r"""(?im)["'`]((?:x-[\w-]+)|(?:[\w-]*api-?key))["'`]?\]?\s*(?::|=>|=|,)""")
_OTHER_LINE = re.compile(r"(?im)^[ \t]*(x-[\w-]+|[\w-]*api-?key):[ ]*\S")
_USER = re.compile(r"""(?m)(?:\s-u|--user)[ =]\S""")
_BASIC = re.compile(r"\bHTTPBasicAuth\(|\bauth\s*=\s*\(|\bauth\s*:\s*\{|\bset_?[bB]asic_?[aA]uth\b")
_COOKIE = re.compile(r"\bcookies?\s*[=:]\s*[\[{(]|\bwithCredentials\b|\s(?:-b|--cookie)[ =]")
# Whatever shows that an example is authorized in some way.
_TOKEN = re.compile(
    r"(?i)authorization|api-?key|auth\w*\s*[=:(]|cookie|(?:\s-u|--user)[ =]|bearer|x-\w"
)
_JSON = re.compile(r"(?i)json|\$|\{")
_MEDIA_TYPE = re.compile(
    r"""(?i)Content-Type["'`]?\]?\s*(?::|=>|=|,)\s*["'`]?([\w.+-]+/[\w.+-]+)"""
)


def example_changes(
    contract: Contract, page: Page, pairs: Mapping[str, Request]
) -> Iterator[Change]:
    """What the examples of the endpoints send that the contract does not know, each once."""
    for (kind, name), places in _otherwise(page, pairs).items():
        if sends_id(kind, name) in contract.questions:
            continue  # so it was when the contract was drafted
        endpoints = {endpoint for endpoint, _ in places}
        touched = tuple(
            r.id
            for r in contract.requirements.values()
            if r.endpoint in endpoints and _rests_on(kind, r.id.split(".")[1:])
        )
        done = {"header": "added", "token": "removed"}.get(kind, "changed")
        severity = "notable" if kind == "token" else "breaking"
        line = min(line for _, line in places)
        before = name if kind == "header" else DOCUMENTED[kind]
        sentence = _sentence(kind, name, places, pairs)
        yield Change(done, kind, before, line, severity, sentence, touched)


def example_questions(page: Page, pairs: Mapping[str, Request]) -> Iterator[Found]:
    """The same as questions, for a contract that is drafted from the page."""
    for (kind, name), places in _otherwise(page, pairs).items():
        lines = tuple(sorted({line for _, line in places}))
        sentence = f"Is it meant that {_sentence(kind, name, places, pairs)}?"
        of, _, subject = sends_id(kind, name).partition(".")
        yield Found(of, subject, lines, sentence)


def _otherwise(
    page: Page, pairs: Mapping[str, Request]
) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """Kind and name of what is sent otherwise than documented → endpoints and lines."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = {}
    ids = {request.key: name for name, request in pairs.items()}
    examples: dict[str, list[Example]] = {}
    for example in page.examples:
        endpoint = ids.get(example.request.key) if example.request else None
        if endpoint:
            examples.setdefault(endpoint, []).append(example)
    for endpoint, several in examples.items():
        for example in several:
            for sent in _sent(example):
                found.setdefault(sent, []).append((endpoint, example.line))
        if not any(_TOKEN.search(example.text) for example in several):
            line = min(example.line for example in several)
            found.setdefault(("token", "none"), []).append((endpoint, line))
    return found


def _sentence(
    kind: str, name: str, places: list[tuple[str, int]], pairs: Mapping[str, Request]
) -> str:
    requests = ", ".join(str(pairs[e]) for e in dict.fromkeys(endpoint for endpoint, _ in places))
    scheme = f"the scheme “{name}”" if name else "no scheme"
    return {
        "scheme": f"examples of {requests} send their token under {scheme}, not as a bearer token",
        "token": f"no example of {requests} sends a token",
        "header": f"examples of {requests} send the header `{name}`",
        "media-type": f"examples of {requests} send {name}, not JSON",
    }[kind]


def sends_id(kind: str, name: str) -> str:
    """The id of the question why examples send something else than a bearer token and JSON."""
    return f"{SENDS}{kind}.{slug(name) or 'none'}"


def _rests_on(kind: str, parts: list[str]) -> bool:
    of_token = bool(parts) and parts[0].startswith("auth")
    return parts[:1] == ["succeeds"] or (kind != "media-type" and of_token)


def _sent(example: Example) -> Iterator[tuple[str, str]]:
    """Kind and name of everything in an example that is not as documented."""
    text, sent = example.text, read(example)
    schemes = [(found[1] or "", found[2]) for found in (*_WHOLE.finditer(text),
                                                        *_QUOTED.finditer(text))]  # fmt: skip
    for word, space in schemes:
        # A word without a space behind it is the token itself.
        scheme = word if space else ""
        if scheme.lower() != SCHEME and (word or space):
            yield "scheme", scheme
    curl = example.language in SHELL and _USER.search(text)
    if curl or _BASIC.search(text):
        yield "scheme", "Basic"
    others = {name.lower() for name in (*_OTHER.findall(text), *_OTHER_LINE.findall(text))}
    others |= {"cookie"} if _COOKIE.search(text) else set()
    # A field of the body may be called like a header.
    others -= {name.lower() for name in (sent.fields if sent and sent.fields else ())}
    for name in sorted((others | (sent.headers if sent else frozenset())) - ORDINARY):
        yield "header", name
    media_type = _MEDIA_TYPE.search(text)
    if media_type and not _JSON.search(media_type[1]) and sent and sent.fields is not None:
        yield "media-type", media_type[1]
