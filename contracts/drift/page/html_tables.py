"""The rows of a table that is written in HTML."""

from __future__ import annotations

from html.parser import HTMLParser


class TableReader(HTMLParser):
    """The rows of an HTML table: the 0-based line, and the cells' own HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.rows: list[tuple[int, list[str]]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append((self.getpos()[0] - 1, []))
        elif tag in ("td", "th") and self.rows:
            self.rows[-1][1].append("")
            self._inside = True
        elif tag == "code":
            self._add("`")
        elif self._inside:
            self._add(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._inside = False
        elif tag == "code":
            self._add("`")
        elif self._inside:
            self._add(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._add(data)

    def handle_charref(self, name: str) -> None:
        self._add(f"&#{name};")

    def handle_entityref(self, name: str) -> None:
        self._add(f"&{name};")

    def _add(self, text: str) -> None:
        if self._inside and self.rows and self.rows[-1][1]:
            self.rows[-1][1][-1] += " ".join(text.split("\n"))
