"""What a text may not slip in with: `telling(text, codes, known)`.

Words that say something of an API, whatever the sentence around them; figures and negations; and
names of fields or values that neither the contract nor the page's examples have.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.drift.differences.wordings import places, words
from contracts.drift.page.model import Sentence

NEGATIONS = frozenset(
    ("no", "not", "never", "cannot", "nor", "neither", "none", "nothing", "without", "isn't",
     "aren't", "wasn't", "weren't", "won't", "doesn't", "don't", "didn't", "can't", "couldn't",
     "shouldn't", "mustn't", "hasn't", "haven't")
)  # fmt: skip
# By what they are about; `*` is any ending.
VOCABULARY: Mapping[str, tuple[str, ...]] = {
    "what must be sent": (
        "must", "mandatory", "required", "requires", "optional*", "omit*", "omission", "left out",
        "leave out", "leaves out", "leaving out", "empty", "leave it out", "leave them out",
        "left empty", "left blank", "can be left", "may be left", "may be missing",
        "can be missing", "may be absent", "defaults to", "default value*", "default is", "null*",
        "blank", "unset", "skipped", "compulsory", "obligatory", "dispensable", "drop", "dropped",
        "may be empty", "can be empty",
    ),
    "an end": (
        "deprecat*", "sunset*", "discontinu*", "obsolete", "retire*", "retiring", "legacy",
        "superseded", "phased out", "phase out", "end of life", "unsupported", "decommission*",
        "shut down", "switched off", "turned off", "unavailable", "disabled", "been removed",
        "will be removed", "was removed", "was dropped", "been dropped", "withdrawn", "going away",
        "goes away", "gone",
    ),
    "replacing": (
        "replaces", "replaced", "replacing", "replacement*", "or replace", "and replace",
        "to replace", "will replace", "may replace", "overwrit*", "upsert*", "merg*", "or updat*",
        "and updat*", "or modif*", "or chang*", "or edit*", "or delet*", "or remov*", "or creat*",
        "duplicate*", "idempotent*", "already exist*", "already there", "archiv*", "soft delet*",
        "undo*", "restor*", "recover*", "revok*", "rotat*",
    ),
    "what is shown": (
        "mask*", "redact*", "hidden", "hides", "obfuscat*", "encrypt*", "hash", "hashed", "hashes",
        "compress*", "truncat*", "anonymi*", "asterisk*", "shortened", "abbreviated", "plain text",
        "case sensitive", "case insensitive", "read only", "write only", "excluding", "exclud*",
    ),
    "when": (
        "eventual*", "schedul*", "asynchron*", "delay*", "at first", "not yet", "a while",
        "pending", "initially", "later on", "some time", "minutes", "hours", "days", "weeks",
        "months", "daily", "hourly", "nightly", "weekly", "monthly", "until", "queue*", "cache*",
        "webhook*", "polling", "polled", "within a", "within an", "within one", "a minute",
        "an hour", "a day", "a week", "a month", "instantly", "time zone*", "timezone*",
        "local time*",
    ),
    "a limit": (
        "hundred*", "thousand*", "dozen*", "twice", "smaller than", "larger than", "limit*",
        "maximum", "minimum", "at most", "at least", "up to", "quota*", "throttl*", "expir*",
        "exceed*", "per second", "per minute", "per hour", "per day", "too many", "longer than",
        "shorter than", "more than", "fewer than", "less than", "unique*",
    ),
    "an error": (
        "reject*", "refus*", "forbid*", "forbidden", "conflict*", "fails", "failing", "checked",
        "checks", "verif*", "validat*", "bad request", "unauthorized", "error code*",
        "error message*", "error response*", "with an error", "returns an error", "retry*",
        "retries",
    ),
    "authorization": (
        "api key*", "apikey", "basic auth*", "oauth*", "bearer", "cookie*", "authenticate",
        "authenticates", "authenticated", "log in", "login", "consent*", "approv*", "permission*",
        "scope*", "scoped", "role", "roles", "admin*", "privilege*", "signature*", "signed", "mtls",
        "client certificate*", "whitelist*", "allowlist*",
    ),
    "how far it goes": (
        "the first", "first of", "last of", "moved to", "moves to", "has moved", "unless",
        "except*", "partial*", "some of", "only if", "only when", "only once", "only after",
        "only in", "only to", "beta", "preview", "experimental", "enterprise", "premium",
        "on request",
    ),
    "order and length": (
        "sort*", "ordered", "newest", "most recent", "oldest", "chronological*", "paginat*",
        "paged", "ascending", "descending", "alphabetical*", "next page", "per page", "page size",
        "cursor*", "filter*", "query param*",
    ),
    "a type or value": (
        "string", "strings", "a list", "list of", "list with", "json list", "lists of", "count",
        "counts", "number of", "accepted", "accepts", "is allowed", "are allowed", "ignor*",
        "uuid*", "integer*", "boolean*", "array*", "iso 8601", "rfc *", "epoch", "chang* to",
        "set to", "becomes", "turns into", "one of", "possible value*", "allowed value*",
        "instead of a*", "renamed", "xml", "csv", "form data", "multipart", "yaml",
    ),
}  # fmt: skip
# Where those words say nothing of the API; blanked out first.
IDIOMS = (
    "if you don't", "if you do not", "if you haven't", "if you have not", "when you don't",
    "don't hesitate", "do not hesitate", "don't worry", "don't forget", "do not forget",
    "not only", "not sure", "no matter", "no problem", "whether or not", "if not", "why not",
    "in order to", "need not worry", "last but not least", "header above", "up to date",
    "up to you", "see later", "requires attention", "a role", "signed in", "these days",
    "office hours", "in days", "at first glance", "first of all", "no need to worry",
)  # fmt: skip
# What has versions: a figure behind it says nothing of the API.
TOOLS = frozenset(
    ("node", "python", "curl", "java", "php", "ruby", "go", "axios", "requests", "npm", "tls",
     "oauth", "http", "markdown")
)  # fmt: skip
# Words in capitals that are no value of a field.
ACRONYMS = frozenset(
    ("API", "APIS", "JSON", "HTTP", "HTTPS", "REST", "URL", "URLS", "URI", "UUID", "UTC", "GMT",
     "XML", "CSV", "HTML", "YAML", "FAQ", "SDK", "CLI", "SQL", "TLS", "SSL", "ISO", "RFC", "PDF",
     "CORS", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "NOTE", "TIP", "INFO",
     "WARNING", "IMPORTANT", "CAUTION", "DANGER", "TODO", "AND", "OR", "NOT", "CURL", "MDX")
)  # fmt: skip
_CAPITALS = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b")
# A field in camel case, or two words in capitals to choose from.
_VALUES = re.compile(r"\b[a-z]+[A-Z]\w*|\b[A-Z_]{2,} (?:or|and) [A-Z_]{2,}\b")
_HEADER = re.compile(r"\b[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)+\b")
_QUOTED = re.compile(r"[“\"]([A-Za-z_][\w-]*)[”\"]")
_NAME = re.compile(r"[A-Za-z_][\w-]*")


@dataclass(frozen=True)
class Telling:
    """A piece of a text: the places of its words, how it is shown, and what it is about.

    A `fact` is a figure or a negation: where a known sentence gets one, it says something else.
    """

    places: frozenset[int]
    shown: str
    about: str
    fact: bool = False


def telling(
    text: str, codes: Sequence[str], known: Collection[str], secrets: Collection[str] = ()
) -> list[Telling]:
    """The telling pieces of a text in their order; `codes` are its code spans, `known` the names
    in lower case that say nothing new, `secrets` those of fields of which every word counts.
    """
    found = words(text)
    for at in _places(_IDIOMS, found):
        found[at.start : at.stop] = [""] * len(at)
    pieces = [*_words(found, known), *_names(text, codes, known, found)]
    pieces += (
        Telling(frozenset((at,)), word, "a secret")
        for at, word in enumerate(found)
        if word in secrets or (word.endswith("s") and word[:-1] in secrets)
    )
    if "~~" in text:
        pieces.append(Telling(frozenset(), "~~", "an end"))
    return sorted(pieces, key=lambda piece: min(piece.places, default=0))


def terms_of(sentence: Sentence, known: Collection[str]) -> list[str]:
    """The telling words of a sentence as terms by which a statement is known, each once."""
    found = words(sentence.text)
    places: list[frozenset[int]] = []
    for piece in telling(sentence.text, sentence.codes, known):
        following = max(piece.places, default=len(found)) + 1
        # A figure means something with what is counted, a negation with what is denied.
        if piece.fact and following < len(found) and found[following] not in _JOINTS:
            places.append(piece.places | {following})
        elif piece.places:
            places.append(piece.places)
    whole = [p for p in places if not any(p < other for other in places)]
    return list(dict.fromkeys(" ".join(found[at] for at in sorted(p)) for p in whole))


_JOINTS = ("a", "an", "and", "as", "at", "by", "for", "in", "is", "of", "on", "or", "the", "to")


def _any_of(terms: Sequence[str]) -> re.Pattern[str]:
    """One pattern for many terms, over words that a space parts."""
    longest = sorted(terms, key=len, reverse=True)
    written = "|".join(re.escape(term).replace(r"\*", "[^ ]*") for term in longest)
    return re.compile(f"(?<![^ ])(?:{written})(?![^ ])")


_IDIOMS = _any_of(IDIOMS)
# What a sentence with a value in it speaks of.
_OF_VALUES = _any_of(("status*", "state", "states", "value*", "set to", "chang* to", "become*"))
_TERMS = {about: _any_of(terms) for about, terms in VOCABULARY.items()}


def _places(pattern: re.Pattern[str], found: Sequence[str]) -> Iterator[range]:
    whole = " ".join(found)
    for match in pattern.finditer(whole):
        start = whole.count(" ", 0, match.start())
        yield range(start, start + match[0].count(" ") + 1)


def _words(found: Sequence[str], known: Collection[str]) -> Iterator[Telling]:
    for at, word in enumerate(found):
        version = at > 0 and found[at - 1] in TOOLS
        if word in NEGATIONS or (word[:1].isdigit() and not version):
            yield Telling(frozenset((at,)), word, "a fact", fact=True)
    for about, pattern in _TERMS.items():
        for place in _places(pattern, found):
            shown = " ".join(found[at] for at in place)
            if shown not in known:
                yield Telling(frozenset(place), shown, about)


def _names(
    text: str, codes: Sequence[str], known: Collection[str], found: Sequence[str]
) -> Iterator[Telling]:
    """Names in code or quotes that are not known; words in capitals where values are spoken of."""
    names = [code.strip("\"'{}") for code in codes] + _QUOTED.findall(text)
    if next(_places(_OF_VALUES, found), None) or _VALUES.search(text):
        names += [word for word in _CAPITALS.findall(text) if len(word) > 1]
    if "header" in found or "headers" in found:
        names += _HEADER.findall(text)
    for name in dict.fromkeys(names):
        if _NAME.fullmatch(name) and name.lower() not in known and name not in ACRONYMS:
            at = next(places(name, found), ())
            yield Telling(frozenset(at), name, "a name")
