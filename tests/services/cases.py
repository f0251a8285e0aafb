"""The cases of `cases.yaml`: which variants must be green, and what each mistake must turn red."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

import yaml

from tests.services.running import HERE


@dataclass(frozen=True)
class Variant:
    """A conforming service; `gateway` names what stands in front of it, or is empty."""

    service: str
    name: str
    gateway: str = ""

    @property
    def id(self) -> str:
        return f"{self.service}-{self.name or 'as-it-is'}"


@dataclass(frozen=True)
class Mistake:
    """A service that breaks the contract.

    Of each pattern in `red` a requirement must go red; what matches neither `red` nor `belongs`
    is more than belongs to the mistake. `open` says why it is
    not noticed yet, or is empty.
    """

    service: str
    name: str
    variant: str
    red: tuple[str, ...]
    belongs: tuple[str, ...]
    open: str = ""

    @property
    def id(self) -> str:
        return f"{self.service}-{self.name}"

    def unnoticed(self, red: frozenset[str]) -> list[str]:
        """The patterns of which nothing went red."""
        return [p for p in self.red if not any(fnmatchcase(i, p) for i in red)]

    def more(self, red: frozenset[str]) -> list[str]:
        """What went red and does not belong to the mistake."""
        own = self.red + self.belongs
        return sorted(i for i in red if not any(fnmatchcase(i, p) for p in own))


def read() -> dict[str, dict[str, dict[str, dict[str, str]]]]:
    return dict(yaml.safe_load((HERE / "cases.yaml").read_text()))


def variants() -> list[Variant]:
    return [
        Variant(service, name, (given or {}).get("gateway", ""))
        for service, cases in read().items()
        for name, given in cases["conforming"].items()
    ]


def mistakes() -> list[Mistake]:
    return [
        Mistake(
            service,
            name,
            given.get("variant", ""),
            tuple(given["red"].split()),
            tuple(given.get("belongs", "").split()),
            given.get("open", ""),
        )
        for service, cases in read().items()
        for name, given in cases["mistakes"].items()
    ]
