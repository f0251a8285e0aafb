"""How texts are written elsewhere: a table of encoders, by hand and apart from the code they test.

Each answers a text that holds another one. An encoder of `ESCAPES` writes letter by letter, so that
what it makes of a secret stands unchanged within what it makes of a longer text.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Iterator, Mapping
from html.entities import codepoint2name
from urllib.parse import quote, quote_plus
from xml.sax import saxutils

Encode = Callable[[str], str]


def _json(text: str) -> str:
    return json.dumps(text)[1:-1]


def _json_letters(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _as_unicode(letters: str, code: str = "\\u{:04x}") -> Encode:
    """JSON that writes more letters as codes than it has to."""
    return lambda text: "".join(
        code.format(ord(letter)) if letter in letters else _json_letters(letter) for letter in text
    )


def _references(letters: str, form: str) -> Encode:
    """Numeric character references for these letters, and for all beyond ASCII."""
    return lambda text: "".join(
        form.format(ord(c)) if c in letters or not c.isascii() else c for c in text
    )


def _markup(references: Mapping[str, str]) -> Encode:
    """HTML with these references; `html.escape` has those for the rest."""
    return lambda text: "".join(references.get(c) or html.escape(c) for c in text)


_markup_safe = _markup({'"': "&#34;", "'": "&#39;"})


def _latin_1(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def _named(text: str) -> str:
    return "".join(f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else c for c in text)


def _lower_escapes(text: str) -> str:
    return "".join(
        quote(c, safe="").lower() if not c.isalnum() or not c.isascii() else c for c in text
    )


ESCAPES: dict[str, Encode] = {
    "as it is": str,
    "JSON": _json,
    "JSON in letters": _json_letters,
    "JSON of PHP": lambda text: _json(text).replace("/", "\\/"),
    "JSON of Gson and Go": _as_unicode("<>&='\u2028\u2029"),
    "JSON of .NET": _as_unicode("\"<>&'+`é", "\\u{:04X}"),
    "JSON in capitals": lambda text: _json(text).replace("\\u00e", "\\u00E"),
    "JSON in JSON": lambda text: _json(_json(text)),
    "JSON in JSON in JSON": lambda text: _json(_json_letters(_json(text))),
    "Python": lambda text: repr(text)[1:-1],
    "Python in single quotes": lambda text: repr(text + "'\"")[1:].rpartition("\\'")[0],
    "Python's bytes": lambda text: repr((text + "'\"").encode())[2:].rpartition("\\'")[0],
    "JSON in Python": lambda text: repr(_json(text) + "'\"")[1:].rpartition("\\'")[0],
    "URL": lambda text: quote(text, safe=""),
    "URL with slashes": quote,
    "URL in small letters": _lower_escapes,
    "URL in URL": lambda text: quote(quote(text, safe=""), safe=""),
    "URL of JavaScript": lambda text: quote(text, safe="~!*'()"),
    "URL of JavaScript, whole": lambda text: quote(text, safe="~!*'();,/?:@&=+$#"),
    "form": quote_plus,
    "form of Java": lambda text: quote_plus(text, safe="*").replace("~", "%7E"),
    "form in Latin-1": lambda text: quote_plus(text, encoding="latin-1", errors="replace"),
    "HTML": html.escape,
    "HTML of MarkupSafe": _markup_safe,
    "HTML of Go": _markup({'"': "&#34;", "'": "&#39;", "+": "&#43;"}),
    "HTML of mustache": _markup({"'": "&#39;", "/": "&#x2F;", "=": "&#x3D;", "`": "&#x60;"}),
    "HTML with names": _named,
    "HTML in decimals": _references("\"'<>&+/=~*", "&#{};"),
    "HTML in hexadecimals": _references("\"'<>&+/=~*", "&#x{:X};"),
    "XML": saxutils.escape,
    "XML attribute": _markup({"'": "&apos;"}),
    "JSON in HTML": lambda text: html.escape(_json(text)),
    "JSON in HTML of MarkupSafe": lambda text: _markup_safe(_json(text)),
    "JSON in letters in HTML of MarkupSafe": lambda text: _markup_safe(_json_letters(text)),
    "JSON in XML": lambda text: saxutils.escape(_json(text)),
    "JSON in letters in XML": lambda text: saxutils.escape(_json_letters(text)),
    "HTML in JSON": lambda text: _json(html.escape(text)),
    "JSON in a URL": lambda text: quote(_json(text), safe=""),
    "URL in JSON": lambda text: _json(quote(text)),
    "HTML in HTML": lambda text: html.escape(html.escape(text)),
    "bytes of a header": lambda text: text.encode().decode("latin-1"),
    "bytes of a header in JSON": lambda text: _json(text.encode().decode("latin-1")),
    "Latin-1 read as UTF-8": lambda text: _latin_1(text).decode(errors="replace"),
}  # fmt: skip


# Letters of which no two have the same bits at either end.
MARKS = "x0aGj"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# These encode a text as a whole; what becomes of a part of it depends on where it begins.
WHOLE: dict[str, Encode] = {
    "hexadecimal": lambda text: text.encode().hex(),
    "hexadecimal in capitals": lambda text: text.encode().hex().upper(),
    "hexadecimal of Latin-1": lambda text: _latin_1(text).hex(),
    "base64": _base64,
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 without padding": lambda text: _base64(text).rstrip("="),
    "base64 of Latin-1": lambda text: base64.b64encode(_latin_1(text)).decode(),
    "base64 of base64": lambda text: _base64(_base64(text)),
    "base64 of base64 for URLs": lambda text: base64.urlsafe_b64encode(
        base64.urlsafe_b64encode(text.encode())
    ).decode(),
    "base64 of JSON": lambda text: _base64(_json(text)),
    "base64 of a form": lambda text: _base64(quote_plus(text)),
    "base64 in a URL": lambda text: quote(_base64(text), safe=""),
    "hexadecimal of JSON": lambda text: _json(text).encode().hex(),
}
ENCODERS = {**ESCAPES, **WHOLE}


def traces(secret: str) -> Iterator[bytes]:
    """What surely stands in a text that holds the secret in the form of one of the encoders."""
    for encode in ESCAPES.values():
        yield encode(secret).encode()
    for encode in WHOLE.values():
        for before in range(1, 10):  # nine, for base64 of base64
            yield from _common(encode, secret, before)


def _common(encode: Encode, secret: str, before: int) -> Iterator[bytes]:
    """The part of an encoding that depends on the secret alone, when so much stands before it."""
    texts = [encode(f"{mark * before}{secret}{mark * 18}") for mark in MARKS]
    alike = "".join(
        letters[0] if len({*letters}) == 1 else "\n" for letters in zip(*texts, strict=True)
    )
    yield max(alike.split("\n"), key=len).encode()
