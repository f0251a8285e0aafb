"""A violation as text: what was expected, what came, and how to see it oneself. Without secrets."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace
from textwrap import indent
from typing import Any

from contracts.http.exchange import Answer, Exchange, Finding, Headers, Request
from contracts.http.strict_json import NotJson, loads
from contracts.http.wording import describe_answer
from contracts.masking.masking import MASK, Secrets
from contracts.spec.model import Requirement

MAX_BODY = 2000  # characters of a body that are shown
MAX_HEADERS = 20


class Renderer:
    """Writes violations for people.

    `token_variable` and `variable` name the variables of the environment that curl commands have
    in place of the token and of the secret fields of a body; `note` stands below such commands.
    `served_url` makes the URL of a command from the one that was asked.
    """

    def __init__(
        self,
        secrets: Secrets,
        token_variable: str,
        note: str = "",
        variable: Callable[[str], str] = str.upper,
        served_url: Callable[[str], str] = str,
    ) -> None:
        self._secrets = secrets
        self._variable = variable
        self._token_variable = token_variable
        self._note = note
        self._served_url = served_url

    def violation(
        self,
        requirement: Requirement,
        finding: Finding,
        exchanges: Iterable[Exchange],
        often: str = "",
        replay: str = "",
    ) -> str:
        """The whole text for one violation.

        `often` says in how many answers it was seen; `replay` is the command that sends the
        requests again.
        """
        lines = [
            f"{requirement.id} ({requirement.level})",
            f"  {requirement.sentence}",
            f"  Source    {requirement.source}",
            f"  Expected  {finding.expected}",
            f"  Actual    {finding.actual}",
        ]
        if often:
            lines.append(f"  Seen      {often}")
        if finding.rule:
            lines.append(f"  Rule      {finding.rule} (contracts/expected_state/attribution.py)")
        exchanges = list(exchanges)
        story = [exchange for exchange in finding.story if exchange not in exchanges]
        if story:
            lines += ["", "  What led to it:"]
            lines += [indent(self._briefly(n, e), "  ") for n, e in enumerate(story, 1)]
            lines += ["", "  What shows it:"]
        for exchange in exchanges:
            lines += ["", indent(self.exchange(exchange), "  ")]
        if replay:
            lines += ["", "  Send it again, with new values, and clean up:", f"  {replay}"]
        lines += ["", "  Reproduce:"]
        lines += [f"  {self.curl(exchange)}" for exchange in (*story, *exchanges)]
        if self._note:
            lines.append(f"  {self._note}")
        return self._secrets.mask("\n".join(lines))

    def exchange(self, exchange: Exchange) -> str:
        """Request and answer of one exchange."""
        return "\n".join(
            [*self._request(exchange.request), *self._answer(exchange.answer, exchange.problem)]
        )

    def with_command(self, exchange: Exchange) -> str:
        """Request and answer of one exchange, and the command that sends it again."""
        return f"{self.exchange(exchange)}\n\nReproduce: {self.curl(exchange)}"

    def _briefly(self, number: int, exchange: Exchange) -> str:
        """An exchange in a line or two, for what led to a violation."""
        request, body = exchange.request, self._body(exchange.request.content)
        lines = [f"{number}. {request.method} {request.url}: {describe_answer(exchange)}"]
        return "\n".join([*lines, *(f"   {line}" for line in body)])

    def parts(self, exchange: Exchange) -> dict[str, str]:
        """The same three in parts, with bodies laid out for reading."""
        request, answer = exchange.request, exchange.answer
        asked = [
            *self._request(replace(request, content=b"")),
            "",
            *self._laid_out(request.content),
        ]
        came = [f"< {exchange.problem or 'no answer'}"]
        if answer is not None:
            came = self._answer(replace(answer, content=b""), exchange.problem)
            came += ["", *self._laid_out(answer.content)]
        texts = {"request": _unmarked(asked), "answer": _unmarked(came)}
        return {**texts, "curl": self.curl(exchange)}

    def curl(self, exchange: Exchange) -> str:
        """A command that sends the request again; secrets are variables of the environment."""
        request = exchange.request
        url = self._served_url(request.url)
        words = ["curl", "-i", "-X", request.method, shlex.quote(url)]
        for name, value in request.headers:
            words += ["-H", self._header_word(name, value)]
        if request.content:
            words += ["--data-binary", self._body_word(request.content)]
        return " ".join(words)

    def _body_word(self, content: bytes) -> str:
        """A body as a word of a shell, in which each secret is a variable named after its field."""
        variables: dict[str, str] = {}

        def with_variables(value: Any) -> Any:
            if isinstance(value, list):
                return [with_variables(inner) for inner in value]
            if not isinstance(value, dict):
                return value
            found = {}
            for name, inner in value.items():
                if inner == MASK and self._secrets.is_secret(name):
                    mark = f"@{len(variables)}@{name}@"
                    variables[mark] = f"${self._variable(name)}"
                    found[name] = mark
                else:
                    found[name] = with_variables(inner)
            return found

        try:
            text = json.dumps(with_variables(self._secrets.mask_json(loads(content))))
        except NotJson:
            return shlex.quote("\n".join(self._body(content)))
        if not variables:
            return shlex.quote(text)
        quoted = re.sub(r'(["\\$`])', r"\\\1", text)
        for mark, variable in variables.items():
            quoted = quoted.replace(mark, variable)
        return f'"{quoted}"'

    def _header_word(self, name: str, value: str) -> str:
        masked = self._secrets.mask_header(name, value)
        if masked != value and name.lower() == "authorization" and masked.startswith("Bearer "):
            return f'"{name}: Bearer ${self._token_variable}"'
        return shlex.quote(f"{name}: {masked}")

    def _answer(self, answer: Answer | None, problem: str | None) -> list[str]:
        if answer is None:
            return [f"< {problem or 'no answer'}"]
        lines = [f"< {answer.status} {answer.reason}".rstrip()]
        lines += [f"< {line}" for line in self._headers(answer.headers)]
        lines += [f"< {line}" for line in self._body(answer.content)]
        return [*lines, f"< ({problem})"] if problem else lines

    def _request(self, request: Request) -> list[str]:
        lines = [f"{request.method} {request.url}", *self._headers(request.headers)]
        return [f"> {line}" for line in [*lines, *self._body(request.content)]]

    def _laid_out(self, content: bytes) -> list[str]:
        """A body as indented JSON where it is a short one, else as one line."""
        lines = self._body(content)
        try:
            return [json.dumps(json.loads(line), indent=2) for line in lines]
        except (ValueError, RecursionError):  # no JSON, or none that is read
            return lines

    def _headers(self, headers: Headers) -> list[str]:
        shown = [
            f"{name}: {self._secrets.mask_header(name, value)[:MAX_BODY]}"
            for name, value in list(headers)[:MAX_HEADERS]
        ]
        left_out = len(headers) - len(shown)
        return [*shown, f"… {left_out} more headers"] if left_out else shown

    def _body(self, content: bytes) -> list[str]:
        if not content:
            return []
        try:
            text = json.dumps(self._secrets.mask_json(loads(content)))
        except NotJson:
            text = self._secrets.mask(content.decode("utf-8", "backslashreplace"))
        printable = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)
        if len(printable) > MAX_BODY:
            printable = f"{printable[:MAX_BODY]}… ({len(content)} bytes)"
        return [printable]


def _unmarked(lines: Iterable[str]) -> str:
    """Lines without the marks of their direction, which the parts don't need."""
    return "\n".join(line.removeprefix("> ").removeprefix("< ") for line in lines).strip()
