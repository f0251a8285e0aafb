"""junit.xml, which pytest writes: looked through once more for secrets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from contracts.masking.masking import Secrets


def without_secrets(path: Path, secrets: Secrets) -> None:
    """Mask whatever secret stands in a JUnit file; a file without any stays as it is."""
    tree = ElementTree.parse(path)  # noqa: S314, written by pytest in this run
    texts = sorted(set(_texts(tree.iter())))
    masked = dict(zip(texts, map(secrets.mask, texts), strict=True))
    if all(old == new for old, new in masked.items()):
        return
    for element in tree.iter():
        element.text = masked.get(element.text or "", element.text)
        element.tail = masked.get(element.tail or "", element.tail)
        element.attrib.update({name: masked[value] for name, value in element.attrib.items()})
    tree.write(path, encoding="utf-8", xml_declaration=True)


def _texts(elements: Iterable[ElementTree.Element]) -> Iterator[str]:
    for element in elements:
        yield from filter(None, (element.text, element.tail))
        yield from element.attrib.values()
