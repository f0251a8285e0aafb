"""Judging one exchange: which requirements it breaks, and for which it is evidence.

A pure function of the exchange, the contract and the secrets known; it knows nothing of pytest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from contracts.expected_state.kinds import MAYBE, SHOWN
from contracts.http.exchange import OF_THE_MOMENT, Answer, Exchange, Judgement
from contracts.http.wording import describe_answer, shortened
from contracts.judging.answer_forms import FormJudge
from contracts.judging.instants import InstantJudge
from contracts.judging.notes import Notes
from contracts.judging.standing import StandingJudge, canonical
from contracts.masking.masking import Secrets, is_telling, secret_values
from contracts.spec.model import Contract, Endpoint

# What refuses a token: as documented, and where a standard leaves a choice.
REFUSALS = (401,)
LENIENT_REFUSALS = (401, 400, 403)
NO_CONTENT = 204
MASKING_WORDS = {"redacted", "masked", "hidden", "filtered", "protected", "undisclosed"}
MASKING_LETTERS = set("*•x-.…# ")


class Judge:
    """Judges exchanges against one contract; `secrets` is what must not be shown."""

    def __init__(self, contract: Contract, secrets: Secrets) -> None:
        self.contract = contract
        self.secrets = secrets
        self._forms: dict[str, FormJudge] = {}
        self._instants: dict[str, InstantJudge] = {}
        self._standing: dict[str, StandingJudge] = {}
        for endpoint in contract.endpoints.values():
            if endpoint.answers:
                instants = InstantJudge(contract, endpoint, endpoint.answers)
                self._instants[endpoint.id] = instants
                self._forms[endpoint.id] = FormJudge(
                    endpoint, endpoint.answers, contract.secret_fields
                )
                self._standing[endpoint.id] = StandingJudge(
                    contract, endpoint, endpoint.answers, instants
                )
        self._never_answered = contract.secrets_never_answered

    def __call__(self, exchange: Exchange) -> Judgement:
        """Judge one exchange. About 0.1 ms for an answer of the documented size."""
        notes = Notes(self.contract)
        found = True
        if exchange.intent.authorised:
            found = self._status(exchange, notes)
        else:
            self._refusal(exchange, notes)
        if exchange.answer is not None:
            if exchange.succeeded and exchange.intent.authorised:
                self._secrets(exchange, exchange.answer, notes)
                if found:
                    self._form(exchange, exchange.answer, notes)
            elif exchange.status >= 400:
                self._error(exchange, exchange.answer, notes)
        return notes.judgement

    # ------------------------------------------------------------ the status

    def _status(self, exchange: Exchange, notes: Notes) -> bool:
        """Judge the status; false when what had to be found is not."""
        intent, name = exchange.intent, exchange.endpoint
        if name in self._standing and not self._standing[name].finds(exchange, notes):
            return False
        if exchange.succeeded:
            if self.contract.endpoints[name].handshake:
                notes.holds(f"{name}.succeeds")
            for requirement in intent.covers:
                notes.holds(requirement)
        # What a gateway says is no answer to what was asked.
        of_the_moment = exchange.status in OF_THE_MOMENT
        about = None if of_the_moment else intent.about
        if intent.valid:
            requirement = about or f"{name}.succeeds"
            notes.check(requirement, exchange.succeeded, "a 2xx answer", describe_answer(exchange))
            return True
        notes.check(
            about or f"{name}.no-server-error",
            not exchange.failed,
            "no failure of the service, whatever was sent",
            describe_answer(exchange),
            evidence=about is None and not of_the_moment,
        )
        return True

    def _refusal(self, exchange: Exchange, notes: Notes) -> None:
        """The answer to a token that is not valid."""
        intent, name = exchange.intent, exchange.endpoint
        about = self.contract.requirements[intent.about] if intent.about else None
        of_the_moment = exchange.status in OF_THE_MOMENT
        if about is not None and not of_the_moment:
            statuses = LENIENT_REFUSALS if about.advisory else REFUSALS
            notes.check(
                about.id,
                exchange.status in statuses,
                " or ".join(map(str, statuses)),
                describe_answer(exchange),
            )
        if not intent.same_token and (about is None or about.advisory):
            notes.check(
                f"{name}.auth-required",
                not exchange.succeeded,
                "no success without a valid token",
                describe_answer(exchange),
                evidence=exchange.refused and not of_the_moment,
            )
        if exchange.refused and exchange.answer is not None:
            text = everything(exchange.answer)
            stands = {n: v for e in intent.expecting(SHOWN) for n, v in e.values.items()}
            shown = [n for n, v in stands.items() if is_telling(str(v)) and str(v) in text]
            notes.check(
                f"{name}.auth-shows-nothing",
                not shown,
                "nothing of the credentials",
                f"the answer shows {', '.join(f'`{field}`' for field in shown)}",
                evidence=bool(stands),
            )

    # ------------------------------------------------------------ secrets

    def _error(self, exchange: Exchange, answer: Answer, notes: Notes) -> None:
        leaked = self.secrets.shown_in(everything(answer))
        where = self._where(exchange, lambda text: self.secrets.shown_in(text)) if leaked else ""
        notes.check(
            f"{exchange.endpoint}.errors-hide-secrets",
            not leaked,
            "no password and no token",
            f"the answer shows a secret that it was sent{where}",
        )

    def _secrets(self, exchange: Exchange, answer: Answer, notes: Notes) -> None:
        text = everything(answer)
        must = [v for e in exchange.intent.expecting(SHOWN, MAYBE) for v in e.values.values()]
        innocent = (*map(str, must), *exchange.intent.innocent)
        for field in self._never_answered:
            by_name = any(map(_is_plain, secret_values(exchange.json, [field])))
            by_value = self.secrets.shown_in(text, field, innocent)
            actual = f"the answer shows a field `{field}`"
            if by_value:

                def is_there(part: str, field: str = field) -> bool:
                    return self.secrets.shown_in(part, field, innocent)

                actual = f"the answer shows the `{field}` that was sent"
                actual += self._where(exchange, is_there)
            notes.check(
                f"{exchange.endpoint}.hides.{field}",
                not (by_name or by_value),
                f"no `{field}`, under any name",
                actual,
            )

    def _where(self, exchange: Exchange, is_there: Callable[[str], bool]) -> str:
        """Where in an answer something stands: the name of a header, or a path in the body."""
        headers = exchange.answer.headers if exchange.answer else ()
        for name, value in headers:
            if is_there(value):
                return f", in the header {name}"
        for path, text in texts_in(exchange.json):
            if is_there(text):
                return f", at {path}"
        return ""

    # ------------------------------------------------------------ the body

    def _form(self, exchange: Exchange, answer: Answer, notes: Notes) -> None:
        name = exchange.endpoint
        form = self._forms.get(name)
        if form is None or not _must_have_form(self.contract.endpoints[name], exchange):
            return
        notes.check(f"{name}.media-type", *_judge_media_type(answer))
        problem = exchange.json_problem
        expected = "one JSON text in UTF-8"
        if not notes.check(f"{name}.json", problem is None, expected, problem or ""):
            return
        instants, standing = self._instants[name], self._standing[name]
        for record, wrong in form.judge(exchange, notes):
            if not form.is_list:
                standing.judge_record(record, wrong, exchange, notes)
            for field in instants.patterns:
                if field not in wrong:
                    instants.judge(field, record[field], exchange, notes)
        if form.is_list and isinstance(exchange.json, list):
            if exchange.intent.old:
                # Only credentials that are old enough can have entries that are too old.
                notes.holds(f"{name}.retention")
            standing.judge_log(exchange, notes)
            self._entries(exchange, notes)

    def _entries(self, exchange: Exchange, notes: Notes) -> None:
        entries = exchange.json
        if not entries:
            return
        name = exchange.endpoint
        ids = [
            entry[field]
            for entry in entries
            for field in self.contract.identifiers
            if isinstance(entry, dict) and isinstance(entry.get(field), str)
        ]
        if len(ids) > 1:
            notes.check(
                f"{name}.unique-ids",
                len(set(ids)) == len(ids),
                "an id of its own for each log entry",
                f"{len(ids)} log entries with {len(set(ids))} different ids",
            )
        leaking = [
            number
            for number, entry in enumerate(entries, 1)
            if self.secrets.shown_in(canonical(entry), but=self._never_answered)
        ]
        first = f"log entry {leaking[0]} of {len(entries)} shows a token" if leaking else ""
        notes.check(f"{name}.hides-tokens", not leaking, "no token", first)


def texts_in(value: Any) -> Iterator[tuple[str, str]]:
    """The texts in a JSON value, names included, each with its path."""
    waiting = [("$", value)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str):
            yield path, value
        elif isinstance(value, dict):
            for name, inner in value.items():
                yield f"{path}.{name}", name
                waiting.append((f"{path}.{name}", inner))
        elif isinstance(value, list):
            waiting += [(f"{path}[{number}]", inner) for number, inner in enumerate(value)]


def _judge_media_type(answer: Answer) -> tuple[bool, str, str]:
    header = answer.header("Content-Type")
    expected = "Content-Type: application/json"
    if header is None:
        return False, expected, "no Content-Type"
    media_type, *parameters = (part.strip().lower() for part in header.split(";"))
    is_json = media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
    charsets = [
        p.partition("=")[2].strip().strip('"') for p in parameters if p.startswith("charset")
    ]
    in_utf8 = all(charset in ("utf-8", "utf8", "us-ascii") for charset in charsets)
    return is_json and in_utf8, expected, f"Content-Type: {shortened(header)}"


def _is_plain(value: Any) -> bool:
    """Whether a secret field's value shows something (no null, no true, asterisks, REDACTED)."""
    if isinstance(value, str):
        letters = "".join(filter(str.isalpha, value)).casefold()
        return letters not in MASKING_WORDS and bool(set(value) - MASKING_LETTERS)
    return value is not True and value not in (None, False, [], {})


def everything(answer: Answer) -> str:
    """All that an answer shows, as text: headers and body."""
    headers = "\n".join(value for _, value in answer.headers)
    return f"{headers}\n{answer.content.decode('utf-8', 'replace')}"


def _must_have_form(endpoint: Endpoint, exchange: Exchange) -> bool:
    """Whether a successful answer must have the documented form.

    Where there are no credentials, the page does not say what reading them answers; and a list
    without entries may be no content.
    """
    present = exchange.intent.present
    if endpoint.answers and endpoint.answers.is_list and exchange.status == NO_CONTENT:
        return False
    return endpoint.writes or present is True or (present is None and not exchange.shows_nothing)
