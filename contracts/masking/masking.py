"""The one place that knows what is secret: by field name, by header, and by value.

Everything that leaves the process passes `Secrets.mask`. Values are learnt when they are
configured, sent, or seen in a secret field.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from contracts.masking.encodings import DOUBLE, MIN_LENGTH, Index, forms
from contracts.masking.escapes import readings, unescaped

MASK = "***"
HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
# Shorter (`MIN_LENGTH`) or plainer values turn up by chance; masking them would garble texts.
MIN_TELLING_LENGTH = 12
MIN_TELLING_LETTERS = 5
# A longer word of letters and digits that is not a path may be a token.
LONG_WORD = re.compile(r"[A-Za-z0-9._~+/-]{40,}={0,2}")
MAX_WORDS = 200  # of one answer that are masked; a hostile one may have a million
MAX_DEPTH = 200  # of a JSON value that is masked
REMEMBERED = 2000  # for masking
RECENT = 8  # for judging: what an answer could still show


# What else is masked by its name, whoever uses it; it is not judged. The end of a name says what it
# is: `clientSecret` is one, `tokenType`, `passwordHint` and `tokens` are none.
ENDING = (
    "token|secret|password|passwd|passphrase|credentials?|(?:api|secret|private|access)[_-]?key"
)
STEMS = ("token", "secret", "passw", "passphrase", "credential", "key")

# What a command has in place of a secret: a variable of the shell, such as $LEAF_TOKEN.
VARIABLE = r"""(?-i:\$[A-Z][A-Z0-9_]{1,60})\\{0,15}["']"""

# Where a secret field's value stands in text, by its name, and what takes its place: in JSON and
# Python notation; the same with escaped quotes; a value without quotes; a form.
NAMED = (
    (
        r"""(["'](?:NAMES)["']\s*[:=]\s*)(["'])(?!VARIABLE)(?:[^"'\\]|\\.|(?!\2)["'])*(?:\2|\Z)""",
        rf"\1\2{MASK}\2",
    ),
    (
        r"""(\\{1,15}["'](?:NAMES)\\{1,15}["']\s*[:=]\s*)(\\{1,15}["'])(?!VARIABLE)(.*?)(?<!\\)\2""",
        rf"\1\2{MASK}\2",
    ),
    (r"""(\\{0,15}["'](?:NAMES)\\{0,15}["']\s*[:=]\s*)-?[0-9][0-9.eE+-]*""", rf"\1{MASK}"),
)
NESTED = (
    (
        r"""(["'](?:NAMES)["']\s*[:=]\s*)(?:\[[^\]]*(?:\]|\Z)|\{[^}]*(?:\}|\Z))""",
        rf"\1{MASK}",
    ),
)
BARE = ((r"""(\b(?:NAMES)=)(?![=*])[^&\s"']+""", rf"\1{MASK}"),)
# By the end of the name alone, a value without quotes is only masked in a URL or a form, where no
# prose and no code stands, and in a header that is called so.
LIKELY = tuple(
    (
        re.compile(
            pattern.replace("ENDING", f"(?:{ENDING})").replace("VARIABLE", VARIABLE),
            re.IGNORECASE | re.DOTALL,
        ),
        mask,
    )
    for pattern, mask in (
        (
            r"""(ENDING\\{0,15}["']\s*[:=]\s*)(?!\\{0,15}["']VARIABLE)"""
            r"""(?:(["'])(?:[^"'\\]|\\.|(?!\2)["'])*(?:\2|\Z)|(\\{1,15}["']).*?(?<!\\)\3"""
            r"""|-?[0-9][0-9.eE+-]*)""",
            rf"\1\2\3{MASK}\2\3",
        ),
        (r"""((?:[?&"']|(?m:^))[a-z0-9_-]{0,30}ENDING=)(?![=*])[^&\s"']+""", rf"\1{MASK}"),
        (
            r"""((?<![/\w{}.-])[a-z][a-z0-9_-]{0,40}-[a-z0-9_]{0,30}ENDING: *)"""
            r"""(?![ *])(?:(?:Bearer|Basic|Token) +)?[^\s"'\\]+""",
            rf"\1{MASK}",
        ),
    )
)


# Credentials of anybody, wherever they stand in a text, such as the headers of a logged exchange.
CREDENTIALS = (
    (re.compile(r"\b(Bearer|Basic) +(?=[^ ]*[0-9])[A-Za-z0-9._~+/=-]{12,}"), rf"\1 {MASK}"),
    (re.compile(r"\b((?:set-)?cookie: *)[^\s\"'\\]{4,}", re.IGNORECASE), rf"\1{MASK}"),
)


class _Known:
    """A secret value, the plain name of its field ("" when unknown), and what it reads as.

    `telling`: it is long and varied enough to accuse a service that shows it.
    """

    def __init__(self, value: str, field: str = "") -> None:
        self.value = value
        self.field = plain_name(field)
        self.telling = is_telling(value)
        self.forms = forms(value)

    @cached_property
    def _proof(self) -> set[str]:
        return {form for form in forms(self.value, but=DOUBLE) if is_telling(form)}

    def stands_in(self, texts: Iterable[str]) -> bool:
        """Whether the value stands in one of the texts (`Reading.text`), in its own case."""
        for text in texts:
            for form in self._proof:
                if form in text:
                    return True
        return False


class Secrets:
    """What must not be shown. `fields` are JSON names whose values are secret."""

    def __init__(self, fields: Iterable[str] = ()) -> None:
        fields = tuple(fields)
        self._fields = {plain_name(name) for name in fields}
        self._kept: dict[str, _Known] = {}
        self._seen: OrderedDict[str, _Known] = OrderedDict()
        self._recent: deque[_Known] = deque(maxlen=RECENT)
        self._index = Index()
        self._named = [*_patterns((*NESTED, *BARE), fields)]
        self._named += _patterns(NAMED, [name for name in fields if not looks_secret(name)])

    def is_secret(self, name: str) -> bool:
        """Whether a field of this name is secret (accessToken, access_token, …)."""
        return plain_name(name) in self._fields

    def keep(self, value: str | None, field: str = "") -> None:
        """Remember a configured value for good; `field` is the field that it is sent in."""
        if value and len(value) >= MIN_LENGTH:
            if value not in self._kept:
                self._index.add(forms(value))
            self._kept[value] = _Known(value, field)

    def saw(self, value: Any, field: str) -> None:
        """Remember a value that was sent or answered in a secret field; the last ones are kept.

        What stands within a value of another type is masked as well, and accuses nobody.
        """
        if not isinstance(value, str):
            self._remember_all(filter(is_telling, _texts(value, numbers=True)))
            return
        known = self._seen.get(value)
        if not is_telling(value) or value in self._kept or (known and known.field):
            return
        known = known or self._remember(value)
        known.field = plain_name(field)  # what was only suspected has none yet
        self._recent.append(known)

    def suspect(self, value: Any, innocent: Iterable[str] = ()) -> None:
        """Mask all words in a JSON value or a text that look like tokens, wherever they stand.

        An answer of the wrong form may show one under any name. It accuses nobody. At most
        `MAX_WORDS` of one value are masked. Words of the texts `innocent` may be shown.
        """
        allowed = list(innocent)
        words = (word for text in _texts(value) for word in token_like(text))
        suspicious = (word for word in words if not any(word in text for text in allowed))
        self._remember_all(islice(suspicious, MAX_WORDS))

    def _remember_all(self, values: Iterable[str]) -> None:
        for value in values:
            if value not in self._kept and value not in self._seen:
                self._remember(value)

    def _remember(self, value: str) -> _Known:
        known = self._seen[value] = _Known(value)
        self._index.add(known.forms)
        if len(self._seen) > REMEMBERED:
            _, forgotten = self._seen.popitem(last=False)
            self._index.discard(forgotten.forms)
        return known

    def learn(self, value: Any) -> None:
        """Remember every secret field's value in a JSON value, however deep it stands."""
        for name, inner in _named_values(value):
            if self.is_secret(name):
                self.saw(inner, name)

    def shown_in(
        self,
        text: str,
        field: str | None = None,
        innocent: Iterable[Any] = (),
        but: Iterable[str] = (),
    ) -> bool:
        """Whether a known telling value (of `field`, if given) stands in a text, in any spelling.

        A value that is part of an `innocent` one, which may be shown, does not count, nor does one
        of the fields `but`.
        """
        texts = [reading.text for reading in readings(text)]
        left_out = {plain_name(name) for name in but}
        wanted = plain_name(field) if field else None
        return any(
            known.telling
            and wanted in (None, known.field)
            and known.field not in left_out
            and known.stands_in(texts)
            and not any(known.value in str(value) for value in innocent)
            for known in (*self._kept.values(), *self._recent)
        )

    def mask(self, text: str) -> str:
        """The text without any secret value, and without the values of secret fields."""
        text = self._index.masked(text, MASK)
        text = self._index.without_pieces(text, MASK)
        lowered = text.lower()
        likely = LIKELY if any(stem in lowered for stem in STEMS) else ()
        for pattern, masked in (*self._named, *likely, *CREDENTIALS):
            text = pattern.sub(masked, text)
        return text

    def finds(self, text: str) -> bool:
        """Whether a known value stands in a text, in any form: whether `mask` would mask it."""
        return self._index.masked(text, MASK) != text

    def mask_json(self, value: Any, depth: int = MAX_DEPTH) -> Any:
        """A JSON value with its secret fields masked by name and all its texts by value.

        What is nested deeper than `depth` is masked as a whole.
        """
        if isinstance(value, dict | list) and depth < 0:
            return MASK
        if isinstance(value, dict):
            return {
                self.mask(name): MASK
                if self._hides(name, inner)
                else self.mask_json(inner, depth - 1)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self.mask_json(item, depth - 1) for item in value]
        return self.mask(value) if isinstance(value, str) else value

    def _hides(self, name: str, value: Any) -> bool:
        if self.is_secret(name):
            return value is not None
        shown = isinstance(value, str | float | int) and not isinstance(value, bool)
        return shown and looks_secret(name)

    def mask_header(self, name: str, value: str) -> str:
        """A header's value, masked whole when the header is secret (the scheme stays)."""
        if name.lower() not in HEADERS and not looks_secret(name):
            return self.mask(value)
        scheme, space, _ = value.partition(" ")
        return f"{scheme} {MASK}" if space and scheme.isalpha() else MASK


@lru_cache(maxsize=4096)
def looks_secret(name: str) -> bool:
    """Whether a field or a header of this name is masked, though nothing documents it as secret."""
    return re.search(f"(?:{ENDING})$", name.strip(), re.IGNORECASE) is not None


def without_credentials(text: str) -> str:
    """The text without anybody's bearer tokens, basic credentials and cookies."""
    for pattern, masked in CREDENTIALS:
        text = pattern.sub(masked, text)
    return text


def is_telling(value: str) -> bool:
    """Whether a value is long and varied enough not to stand somewhere by chance."""
    return len(value) >= MIN_TELLING_LENGTH and len(set(value)) >= MIN_TELLING_LETTERS


def _patterns(
    patterns: Iterable[tuple[str, str]], fields: Iterable[str]
) -> Iterator[tuple[re.Pattern[str], str]]:
    names = _any_of(fields)
    for pattern, mask in patterns if names else ():
        pattern = pattern.replace("NAMES", names).replace("VARIABLE", VARIABLE)
        yield re.compile(pattern, re.IGNORECASE | re.DOTALL), mask


def _any_of(fields: Iterable[str]) -> str:
    """A regular expression for the names, however their words are joined."""
    names = sorted(fields, key=len, reverse=True)
    words = (re.split(r"(?<=[a-z0-9])(?=[A-Z])|[_-]", name) for name in names)
    return "|".join("[_-]?".join(map(re.escape, parts)) for parts in words)


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A field name without case and separators."""
    return "".join(letter for letter in name.lower() if letter.isalnum())


def secret_values(value: Any, names: Iterable[str]) -> Iterator[Any]:
    """The values that stand under one of `names` in a JSON value, however deep."""
    wanted = {plain_name(name) for name in names}
    return (inner for name, inner in _named_values(value) if plain_name(name) in wanted)


def token_like(text: str) -> Iterator[str]:
    """The words of a text that may be tokens, read as it is and with its escapes undone."""
    for letters in {text, unescaped(text).letters}:
        for match in LONG_WORD.finditer(letters):
            # Of a path, each part may be one.
            words = match[0].split("/") if match[0].startswith("/") else [match[0]]
            # A sentence may end after it.
            yield from filter(_is_token_like, (word.strip(".") for word in words))


def _is_token_like(word: str) -> bool:
    long = LONG_WORD.fullmatch(word) is not None
    return long and any(map(str.isdigit, word)) and any(map(str.isalpha, word))


def _texts(value: Any, *, numbers: bool = False) -> Iterator[str]:
    """All texts in a JSON value, in its order, but not its names; with `numbers`, these too."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict | list):
            todo.extend(reversed(item.values() if isinstance(item, dict) else item))
        elif numbers and isinstance(item, int | float) and not isinstance(item, bool):
            yield json.dumps(item)


def _named_values(value: Any) -> Iterator[tuple[str, Any]]:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            yield from item.items()
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)
