"""Request bodies: ordinary ones, and ordinary ones with one thing wrong."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from contracts.spec.model import Contract, Form, choice_values

# Long and varied enough to be like nothing else.
TELLING = "{}-7f3a9c-{}"
DIGITS = "00{}7"  # a text that is another one as a number
# Unusual texts that JSON can carry and careless services trip over.
UNUSUAL_TEXTS: Mapping[str, str] = {
    "empty": "",
    "blank": "   ",
    "padded": "  between spaces  ",
    "digits": "00420",
    "long": "long " * 400,
    "very-long": "x" * 10_000,
    "quotes": "\"double\"'single'`back`\\and/slashes,a+b=c",
    "markup": "<b>&amp;</b> %41%00 ${x} {{y}} ' OR 1=1 --",
    "non-ascii": "Größe naïve Ελλάδα 日本語 עברית",
    "astral": "field 🌾 tractor 🚜 𝔘",
    "combining": "e\u0301 is not \u00e9; \u200bzero\u200dwidth",
    "control": "bell \x07 tab \t return \r line \n delete \x7f",
    "nul": "before\x00after",
    "separators": "line\u2028paragraph\u2029next\x85",
}
# White space that services cut off the ends of a text.
ENDS = (" ", "\t", "\u00a0", "\n", "\u3000")
# Lengths at which columns and limits end.
LENGTHS = (63, 64, 255, 256, 1024, 10_000)
# Bodies that are no JSON object, as bytes on the wire.
MALFORMED: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "truncated": lambda body: body[: len(body) // 2],
    "no-json": lambda body: b"this is no JSON",
    "trailing-comma": lambda body: body[:-1] + b",}",
    "single-quotes": lambda body: body.replace(b'"', b"'"),
    "list": lambda body: b"[" + body + b"]",
    "text": lambda body: b'"text"',
    "number": lambda body: b"5",
    "null": lambda body: b"null",
    "not-utf8": lambda body: body.replace(b'":', b'\xff":', 1),
}

# What a body of JSON may be labelled as, besides JSON. The first is what curl says of itself.
OTHER_MEDIA_TYPES: Mapping[str, str] = {
    "form": "application/x-www-form-urlencoded",
    "text": "text/plain",
    "xml": "application/xml",
    "none": "",
    "nonsense": "/;=",
}


class Bodies:
    """Makes bodies for one run. `real` are values that the provider knows, by field name.

    With real values, only they are ordinary; without them, every body gets values of its own, so
    that what is read back can only be what was sent. `run` makes the values recognisable.
    """

    def __init__(
        self, contract: Contract, real: Mapping[str, str] | None = None, run: str | None = None
    ) -> None:
        self.contract = contract
        self.real = dict(real or {})
        self.mark = run or uuid.uuid4().hex[:8]
        self._numbers: Iterator[int] = itertools.count(1)

    def ordinary(self, form: Form, **fixed: Any) -> dict[str, Any]:
        """A body that a lawful service accepts, with `fixed` fields as given."""
        mark = f"{self.mark}-{next(self._numbers)}"
        body = {
            name: self.real.get(name) or (choice_values(kind) or (self._marked(name, mark),))[0]
            for name, kind in form.fields.items()
        }
        return {**body, **fixed}

    def is_ordinary(self, form: Form, body: Mapping[str, Any]) -> bool:
        """Whether the provider has no reason to refuse this body."""
        return all(body.get(name) == self.real.get(name, body.get(name)) for name in form.fields)

    def is_real(self, form: Form, body: Mapping[str, Any]) -> bool:
        """Whether a body has the values that the provider knows, in all of their fields."""
        return bool(self.real) and self.is_ordinary(form, body)

    def is_made_up(self, form: Form, shown: Any) -> bool:
        """Whether credentials that are shown were made by this suite, in this run or another.

        Every body that a live service gets has the mark in at least one field; see `marked`. A
        service may have cut or padded its text, or changed its case.
        """
        return isinstance(shown, dict) and any(
            self._pattern(name).search(str(shown.get(name))) for name in self.markable(form)
        )

    def marked(self, form: Form, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body with this suite's mark in one field, if it has a text that can take it."""
        texts = (n for n in self.markable(form) if isinstance(body.get(n), str))
        name = next(texts, None)
        return {**body, name: self.ordinary(form)[name]} if name else dict(body)

    def other_choices(self, form: Form) -> dict[str, str]:
        """The last value of each enum, where the provider's credentials leave a choice."""
        return {n: values[-1] for n, values in form.choices.items() if n not in self.real}

    def numeric(self, form: Form) -> dict[str, Any]:
        """A body whose texts are digits, as a careless service stores them: as a number."""
        body = self.ordinary(form)
        return {
            **body,
            **{name: DIGITS.format(next(self._numbers)) for name in self.markable(form)},
        }

    def with_ends(self, form: Form, number: int = 0) -> dict[str, Any]:
        """A body whose texts begin and end with white space, each field with another kind."""
        body = self.ordinary(form)
        for place, name in enumerate(self.markable(form)):
            end = ENDS[(number + place) % len(ENDS)]
            body[name] = f"{end}{body[name]}{end}"
        return body

    def of_length(self, form: Form, number: int = 0) -> dict[str, Any]:
        """A body whose texts are as long as columns and limits are, each field another length."""
        body = self.ordinary(form)
        for place, name in enumerate(self.markable(form)):
            length = LENGTHS[(number + place) % len(LENGTHS)]
            body[name] = str(body[name]) + "y" * (length - len(str(body[name])))
        return body

    def telling(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body with secrets that are recognised wherever they turn up, and only then.

        What is drawn at random may be a word that innocent answers have, too.
        """
        return {
            name: TELLING.format(name, value)
            if name in self.contract.secret_fields and isinstance(value, str)
            else value
            for name, value in body.items()
        }

    def markable(self, form: Form) -> list[str]:
        """The fields of a form whose text is this suite's to choose, and may be seen."""
        fixed = {*form.choices, *self.contract.secret_fields}
        return [name for name in form.fields if name not in fixed]

    def _pattern(self, name: str) -> re.Pattern[str]:
        local, at, host = str(self.contract.fields[name].example).partition("@")
        pattern = re.escape(local) + "-[0-9a-f]{8}-[0-9]+" + re.escape(at + host)
        return re.compile(pattern, re.IGNORECASE)

    def _marked(self, name: str, mark: str) -> str:
        example = str(self.contract.fields[name].example)
        local, at, host = example.partition("@")
        return f"{local}-{mark}{at}{host}"


def without(body: Mapping[str, Any], field: str) -> dict[str, Any]:
    """The body without one field."""
    return {name: value for name, value in body.items() if name != field}


def environment_name(field: str, prefix: str = "PANORAMA_") -> str:
    """The environment variable for a field: clientId → PANORAMA_CLIENT_ID."""
    return prefix + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", field).upper()
