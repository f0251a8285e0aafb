"""YAML whose mistakes can be named by line: a thin reader over PyYAML's node tree.

PyYAML's own loader forgets where a value stood and lets a duplicate key win silently. What is read
is bounded in size, depth and number of values before a tree is made of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import yaml

MAX_BYTES = 262_144
MAX_DEPTH = 50  # levels of lists and mappings
MAX_VALUES = 20_000  # where an alias stands, what it stands for is counted again


class DataError(ValueError):
    """A data file with a mistake: one sentence, led by `file:line`."""


class Node:
    """One YAML value together with the place where it stands."""

    def __init__(self, node: yaml.Node, origin: str, key: yaml.Node | None = None) -> None:
        self._node = node
        self._origin = origin
        self._key = key

    @property
    def line(self) -> int:
        """The 1-based line on which the value starts."""
        return int(self._node.start_mark.line) + 1

    def error(self, message: str, below: int = 0) -> DataError:
        """The mistake `message` at this place (or `below` lines further), ready to be raised."""
        return DataError(f"{self._origin}:{self.line + below}: {message}")

    def key_error(self, message: str) -> DataError:
        """The mistake `message` at the key that this value belongs to."""
        return (
            self.error(message)
            if self._key is None
            else Node(self._key, self._origin).error(message)
        )

    def text(self, what: str = "a text") -> str:
        """The scalar as it was written; blank it is a mistake, of which `what` names the place."""
        written = isinstance(self._node, yaml.ScalarNode) and not self._node.tag.endswith(":null")
        if not written or not str(self._node.value).strip():
            raise self.error(f"{what} is expected here")
        return str(self._node.value)

    def value(self) -> object:
        """The scalar with the type that YAML gives it (text, number, truth value)."""
        if not isinstance(self._node, yaml.ScalarNode):
            raise self.error("a single value is expected here")
        tag, text = self._node.tag, str(self._node.value)
        if tag.endswith((":timestamp", ":str")):
            return text
        try:
            value: object = yaml.constructor.SafeConstructor().construct_object(self._node)
        except yaml.YAMLError as error:
            raise self.error(f"the tag {tag!r} is not known") from error
        except (ValueError, KeyError, TypeError) as error:
            raise self.error(f"{_clipped(text)} does not fit the tag {tag!r}") from error
        if isinstance(value, float) and not math.isfinite(value):
            raise self.error(f"{_clipped(text)} is no number that JSON knows")
        if not isinstance(value, str | int | float | bool | None):
            raise self.error(f"the tag {tag!r} is not known")
        return value

    def data(self) -> object:
        """The value with everything in it: a scalar as `value` has it, or a list or mapping."""
        if self.is_mapping():
            return {name: child.data() for name, child in self.mapping().items()}
        if self.is_list():
            return [child.data() for child in self.items()]
        return self.value()

    def number(self) -> float:
        """The scalar as a number that is not negative."""
        value = self.value()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"a number is expected here, not {_clipped(str(self._node.value))}")
        try:
            number = float(value)
        except OverflowError as error:
            raise self.error("the number is too large") from error
        if number < 0:
            raise self.error(f"the number {number:g} is negative")
        return number

    def flag(self) -> bool:
        """The scalar as a truth value."""
        value = self.value()
        if not isinstance(value, bool):
            raise self.error(f"true or false is expected here, not {_clipped(str(value))}")
        return value

    def one_of(self, allowed: Iterable[str], what: str) -> str:
        """The scalar, which must be one of `allowed`; `what` names it in the complaint."""
        text, known = self.text(), list(allowed)
        if text not in known:
            raise self.error(f"unknown {what} {_clipped(text)}; known are {', '.join(known)}")
        return text

    def items(self) -> Iterator[Node]:
        """The entries of a list."""
        if not isinstance(self._node, yaml.SequenceNode):
            raise self.error("a list is expected here")
        for child in self._node.value:
            yield Node(child, self._origin)

    def is_mapping(self) -> bool:
        return isinstance(self._node, yaml.MappingNode)

    def is_list(self) -> bool:
        return isinstance(self._node, yaml.SequenceNode)

    def mapping(self) -> dict[str, Node]:
        """The entries of a mapping, in order; a key that stands twice is a mistake."""
        if not isinstance(self._node, yaml.MappingNode):
            raise self.error("a mapping (key: value) is expected here")
        found: dict[str, Node] = {}
        for key, child in self._node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise Node(key, self._origin).error("a key must be a single text")
            name = str(key.value)
            if name in found:
                raise Node(key, self._origin).error(
                    f"{name!r} stands here twice (first on line {found[name].line})"
                )
            found[name] = Node(child, self._origin, key)
        return found

    def record(self, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Node]:
        """A mapping whose keys are fixed: `required` ones and `optional` ones, no others."""
        found, needed = self.mapping(), list(required)
        known = [*needed, *optional]
        for name, child in found.items():
            if name not in known:
                raise child.key_error(f"unknown key {name!r}; known are {', '.join(known)}")
        for name in needed:
            if name not in found:
                raise self.error(f"the key {name!r} is missing")
        return found


def read(path: Path) -> Node:
    """The root of a YAML file; `DataError` when it cannot be read or is larger than MAX_BYTES."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    return parse(text, path.name)


def parse(text: str, origin: str) -> Node:
    """The root of a YAML text; `origin` is what its mistakes are reported under."""
    if len(text) > MAX_BYTES:
        raise DataError(f"{origin}: this is larger than {MAX_BYTES} bytes")
    _check_bounds(text, origin)
    try:
        node = _compose(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        position = getattr(error, "position", None)  # of a character that YAML does not allow
        line = mark.line + 1 if mark else text.count("\n", 0, position or 0) + 1
        problem = getattr(error, "problem", None) or "this is not YAML"
        if isinstance(error, yaml.composer.ComposerError) and "document" in problem:
            problem = "another document begins here, where one is expected in all"
        raise DataError(f"{origin}:{line}: {problem}") from error
    if node is None:
        raise DataError(f"{origin}:1: the file is empty")
    return Node(node, origin)


def _check_bounds(text: str, origin: str) -> None:
    """`DataError` when the tree would be too deep or too large. What is not YAML is passed over."""
    sizes: dict[str | None, int] = {}  # how many values each anchor stands for
    opened: list[tuple[str | None, int]] = []  # anchor, and the values before it
    values = 0
    with suppress(yaml.YAMLError):
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            mark = event.start_mark
            place = f"{origin}:{mark.line + 1 if mark else 1}"
            if isinstance(event, yaml.CollectionEndEvent):
                anchor, before = opened.pop()
                if anchor:
                    sizes[anchor] = values - before
                continue
            if isinstance(event, yaml.AliasEvent):
                if any(anchor == event.anchor for anchor, _ in opened):
                    raise DataError(f"{place}: *{event.anchor} stands inside of what it stands for")
                values += sizes.get(event.anchor, 1)
            elif isinstance(event, yaml.NodeEvent):
                if isinstance(event, yaml.CollectionStartEvent):
                    opened.append((event.anchor, values))
                elif event.anchor:
                    sizes[event.anchor] = 1
                values += 1
            if len(opened) > MAX_DEPTH:
                raise DataError(f"{place}: this is more than {MAX_DEPTH} levels deep")
            if values > MAX_VALUES:
                raise DataError(f"{place}: there are more than {MAX_VALUES} values up to here")


def _clipped(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _compose(text: str) -> yaml.Node | None:
    """The node tree: by libyaml, which is ten times faster, or by PyYAML, which explains better."""
    if hasattr(yaml, "CSafeLoader"):
        with suppress(yaml.YAMLError):
            return yaml.compose(text, Loader=yaml.CSafeLoader)
    return yaml.compose(text, Loader=yaml.SafeLoader)
