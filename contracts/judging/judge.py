"""Judging one exchange: which requirements it breaks, and for which it is evidence.

A pure function of the exchange, the contract and the secrets known; it knows nothing of pytest.
"""

from __future__ import annotations

from typing import Any

from contracts.http.exchange import OF_THE_MOMENT, Answer, Exchange, Judgement
from contracts.http.wording import describe_answer, describe_json, shortened
from contracts.judging.answer_forms import FormJudge, Notes
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
        self._forms = {
            e.id: FormJudge(contract, e, e.answers)
            for e in contract.endpoints.values()
            if e.answers
        }
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
        return Judgement(tuple(notes.findings), frozenset(notes.proved))

    def _status(self, exchange: Exchange, notes: Notes) -> bool:
        """Judge the status; false when what had to be found is not."""
        intent, name = exchange.intent, exchange.endpoint
        if intent.valid and intent.missing and exchange.problem is None:
            found = not exchange.found_nothing
            notes.check(
                intent.missing,
                found,
                "the credentials that were created",
                f"{describe_answer(exchange)}, nothing is found",
                evidence=exchange.succeeded,
            )
            if not found:
                return False
        if exchange.succeeded and self.contract.endpoints[name].handshake:
            notes.holds(f"{name}.succeeds")
        for requirement in intent.covers if exchange.succeeded else ():
            notes.holds(requirement)
        # What a gateway says is no answer to what was asked.
        about = None if exchange.status in OF_THE_MOMENT else intent.about
        if intent.valid:
            requirement = about or f"{name}.succeeds"
            notes.check(requirement, exchange.succeeded, "a 2xx answer", describe_answer(exchange))
            return True
        notes.check(
            about or f"{name}.no-server-error",
            not exchange.failed,
            "no failure of the service, whatever was sent",
            describe_answer(exchange),
            evidence=about is None and exchange.status not in OF_THE_MOMENT,
        )
        if intent.gone and not exchange.failed and exchange.problem is None:
            self._nothing(exchange, intent.gone, notes)
        return True

    def _nothing(self, exchange: Exchange, gone: str, notes: Notes) -> None:
        """Nothing stands: whatever is shown, its values may tell where it comes from."""
        intent, text = exchange.intent, exchange.text
        blamed = gone
        for mistake in intent.mistakes if not exchange.shows_nothing else ():
            values = [str(value) for value in mistake.values.values()]
            if not mistake.stood and any(is_telling(v) and v in text for v in values):
                blamed = mistake.requirement
        notes.check(
            blamed,
            exchange.shows_nothing,
            "nothing, since there are no credentials",
            f"{describe_answer(exchange)} with {describe_json(exchange.json)}",
            evidence=exchange.says_nothing_is_there or (intent.about == gone and exchange.refused),
        )
        for requirement in intent.by_nothing if exchange.says_nothing_is_there else ():
            notes.holds(requirement)

    def _refusal(self, exchange: Exchange, notes: Notes) -> None:
        """The answer to a token that is not valid."""
        intent = exchange.intent
        if intent.about is not None and exchange.status not in OF_THE_MOMENT:
            about = self.contract.requirements[intent.about]
            statuses = LENIENT_REFUSALS if about.advisory else REFUSALS
            notes.check(
                about.id,
                exchange.status in statuses,
                " or ".join(map(str, statuses)),
                describe_answer(exchange),
            )
        if exchange.refused and exchange.answer is not None:
            text = everything(exchange.answer)
            shown = [n for n, v in intent.kept.items() if is_telling(str(v)) and str(v) in text]
            notes.check(
                f"{exchange.endpoint}.auth-shows-nothing",
                not shown,
                "nothing of the credentials",
                f"the answer shows {', '.join(f'`{name}`' for name in shown)}",
                evidence=bool(intent.kept),
            )

    def _error(self, exchange: Exchange, answer: Answer, notes: Notes) -> None:
        name = f"{exchange.endpoint}.errors-hide-secrets"
        text = everything(answer)
        leaked = self.secrets.shown_in(text)
        notes.check(
            name,
            not leaked,
            "no password and no token",
            "the answer shows a secret that it was sent",
        )

    def _secrets(self, exchange: Exchange, answer: Answer, notes: Notes) -> None:
        text = everything(answer)
        for field in self._never_answered:
            by_name = any(map(_is_plain, secret_values(exchange.json, [field])))
            innocent = (*exchange.intent.kept.values(), *exchange.intent.innocent)
            by_value = self.secrets.shown_in(text, field, innocent)
            actual = f"a field `{field}`" if by_name else f"the `{field}` that was sent"
            notes.check(
                f"{exchange.endpoint}.hides.{field}",
                not (by_name or by_value),
                f"no `{field}`, under any name",
                f"the answer shows {actual}",
            )

    def _form(self, exchange: Exchange, answer: Answer, notes: Notes) -> None:
        form = self._forms.get(exchange.endpoint)
        if form is None or not _must_have_form(
            self.contract.endpoints[exchange.endpoint], exchange
        ):
            return
        name = exchange.endpoint
        notes.check(f"{name}.media-type", *_judge_media_type(answer))
        problem = exchange.json_problem
        if not notes.check(
            f"{name}.json", problem is None, "one JSON text in UTF-8", problem or ""
        ):
            return
        form.judge(exchange, self.contract, notes)
        if form.is_list:
            self._entries(exchange, notes)

    def _entries(self, exchange: Exchange, notes: Notes) -> None:
        entries = exchange.json
        if not isinstance(entries, list):
            return
        self._forms[exchange.endpoint].stay(exchange, self.contract, notes)
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
        text = exchange.text
        leaked = self.secrets.shown_in(text, but=self._never_answered)
        notes.check(f"{name}.hides-tokens", not leaked, "no token", "a log entry shows a token")


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
