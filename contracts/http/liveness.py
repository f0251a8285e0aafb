"""Whether the token and the service still work: what is doubtful, and who can settle the doubt."""

from __future__ import annotations

from collections import OrderedDict

from contracts.http.exchange import Exchange

REFUSED, TORN = "401", "torn"
READING = "GET"
REMEMBERED = 2  # requests of each kind


class Watch:
    """Remembers reading requests that were accepted with the token, as witnesses.

    A witness that showed data counts for more than one that said that there is nothing: a service
    may say the latter before it looks at the token.
    """

    def __init__(self) -> None:
        self._showed: OrderedDict[str, Exchange] = OrderedDict()
        self._had_nothing: OrderedDict[str, Exchange] = OrderedDict()
        self._cleared: set[tuple[str, str]] = set()

    def doubt(self, exchange: Exchange, torn: bool) -> str | None:
        """What is doubtful after an exchange: the token, the service (`torn` off), or nothing.

        An endpoint that was cleared of the same doubt once is not doubted again.
        """
        found = None
        if torn:
            found = TORN
        elif exchange.intent.authorised and exchange.status == 401:
            found = REFUSED
        elif exchange.intent.authorised and exchange.request.method == READING:
            self._remember(exchange)
        return None if (exchange.endpoint, found) in self._cleared else found

    def witnesses(self) -> list[Exchange]:
        """Exchanges to be repeated in order to settle a doubt, the latest first."""
        return list(reversed((self._showed or self._had_nothing).values()))

    def settle(self, endpoint: str, doubt: str, witness: Exchange) -> None:
        """Note what a witness was answered now; if as before, the endpoint itself is at fault."""
        if witness.succeeded or witness.says_nothing_is_there:
            self._cleared.add((endpoint, doubt))

    def _remember(self, exchange: Exchange) -> None:
        if exchange.succeeded:
            kind = self._showed
        elif exchange.says_nothing_is_there:
            kind = self._had_nothing
        else:
            return
        kind[exchange.request.url] = exchange
        kind.move_to_end(exchange.request.url)
        if len(kind) > REMEMBERED:
            kind.popitem(last=False)
