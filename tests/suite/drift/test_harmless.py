"""Edits that change nothing that matters are passed over."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from contracts.drift.differences.change import main_page
from contracts.drift.differences.every import compare
from contracts.drift.page.reader import read
from contracts.drift.questions.every import new, raised
from contracts.spec.load import load
from tests.helpers import drift_pages
from tests.helpers.drift_pages import swapped

CONTRACT = load()
PAGE = drift_pages.page(CONTRACT)
READ = CONTRACT.endpoints["read"]
TAB = re.compile(r"  <TabItem.*?</TabItem>\n", re.DOTALL)


def reordered_tabs(text: str) -> str:
    tabs = TAB.findall(text)[:3]
    return text.replace("".join(tabs), "".join(reversed(tabs)))


def reversed_fields(text: str) -> str:
    """The fields of the first form in another order."""
    block = text.split("```json\n{\n", 1)[1].split("\n}", 1)[0]
    lines = [line.strip().rstrip(",") for line in block.split("\n")]
    return text.replace(block, ",\n".join(f"  {line}" for line in reversed(lines)), 1)


def sections_swapped(text: str) -> str:
    """The first two endpoints in another order."""
    before, one, other, rest = re.split(r"(?m)^(?=### )", text, maxsplit=3)
    return before + other + one + rest


def rows_swapped(text: str) -> str:
    lines = text.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "][1]" in line)
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    return "".join(lines)


BOTH = '"STAGE" or "PRODUCTION"'
HARMLESS: dict[str, Callable[[str], str]] = {
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "CR": lambda text: text.replace("\n", "\r"),
    "byte-order-mark": lambda text: "\ufeff" + text,
    "no-last-newline": lambda text: text.rstrip("\n"),
    "spaces-at-line-ends": lambda text: text.replace(".\n", ".   \n"),
    "more-empty-lines": lambda text: text.replace("\n\n", "\n\n\n\n"),
    "indentation-of-a-form": lambda text: text.replace('  "clientId"', '        "clientId"'),
    "form-on-one-line": lambda text: re.sub(
        r"```json\n\{.*?\}\n", lambda m: " ".join(m[0].split("\n")[1:]).join(["```json\n", "\n"]),
        text, count=1, flags=re.DOTALL),
    "spaces-in-a-form": lambda text: text.replace('": "str"', '" :   "str"'),
    "trailing-comma": lambda text: text.replace('"refreshToken": "str"\n}',
                                                '"refreshToken": "str",\n}'),
    "order-of-fields": reversed_fields,
    "order-of-values": lambda text: swapped(text, BOTH, '"PRODUCTION" or "STAGE"'),
    "values-in-one-string": lambda text: swapped(text, BOTH, '"STAGE or PRODUCTION"'),
    "spelling-of-a-type": lambda text: text.replace('"str"', '"string"'),
    "spelling-in-capitals": lambda text: text.replace('"int"', '"Integer"'),
    "reordered-tabs": reordered_tabs,
    "another-default-tab": lambda text: text.replace('defaultValue="sh"', 'defaultValue="py"'),
    "tabs-on-one-line": lambda text: re.sub(
        r"<Tabs\n.*?\n\}>", "<Tabs defaultValue=\"sh\">", text, flags=re.DOTALL),
    "another-example-language": lambda text: swapped(
        text, "</Tabs>", '  <TabItem value="go">\n\n  ```go\n  http.Get("x")\n  ```\n\n'
        "  </TabItem>\n</Tabs>"),
    "one-example-less": lambda text: TAB.sub("", text, count=1),
    "example-in-other-words": lambda text: text.replace("YOUR_TOKEN", "SECRET"),
    "order-of-rows": rows_swapped,
    "order-of-sections": sections_swapped,
    "another-badge": lambda text: text.replace("badge--success", "badge--info"),
    "badge-as-className": lambda text: text.replace("<span class=", "<span className="),
    "no-badges": lambda text: re.sub(r"<span[^>]*>(\w+)</span>", r"**\1**", text),
    "request-line-in-one-code": lambda text: re.sub(
        r"<span[^>]*>(\w+)</span> `", r"`\1 ", text),
    "tilde-fences": lambda text: text.replace("```", "~~~"),
    "fence-without-a-language": lambda text: text.replace("```json", "```"),
    "fence-with-a-title": lambda text: text.replace("```json", '```json title="form"'),
    "heading-with-an-anchor": lambda text: text.replace(
        f"### {READ.source.heading}\n", f"### {READ.source.heading} {{#read}}\n"),
    "closed-heading": lambda text: text.replace("#### Response\n", "#### Response ####\n"),
    "other-words-for-a-subheading": lambda text: text.replace("#### Response\n", "#### Answer\n"),
    "bold-words": lambda text: text.replace("A background job", "A **background** _job_"),
    "a-comment": lambda text: text.replace("## The", "<!-- 30 days, deprecated -->\n\n## The"),
    "an-mdx-comment": lambda text: text.replace("## The", "{/* deprecated */}\n\n## The"),
    "no-paragraph-tags": lambda text: text.replace("<p align='justify'>\n", "").replace("</p>", ""),
    "a-tag-close-to-its-text": lambda text: text.replace("'justify'>\n\n", "'justify'>\n"),
    "another-import": lambda text: text.replace("import Tabs", "import X from 'x';\nimport Tabs"),
    "another-description": lambda text: text.replace("description: made up", "description: 'x: y'"),
    "quoted-title": lambda text: re.sub("(?m)^title: (.*)$", r'title: "\1"', text),
    "admonition-with-a-title": lambda text: text.replace(":::warning", ":::warning[Logs]"),
    "admonition-of-another-kind": lambda text: text.replace(":::warning", ":::danger"),
    "admonition-with-empty-lines": lambda text: text.replace(":::warning\n", ":::warning\n\n"),
    "admonition-with-more-colons": lambda text: text.replace(":::", "::::"),
    "admonition-never-closed": lambda text: text.rstrip().removesuffix(":::"),
    "a-new-paragraph": lambda text: text.replace("## The", "Be welcome here.\n\n## The"),
    "a-slash-behind-the-base-url": lambda text: text.replace(
        f"{CONTRACT.base_url}\n", f"{CONTRACT.base_url}/\n"),
    "the-title-once-more": lambda text: text.replace(
        "\n\n[1]:", f"\n\n# {main_page(CONTRACT).title}\n\n[1]:"),
    "a-picture": lambda text: text.replace("## The", "![A flow in 3 steps](x.png)\n\n## The"),
    "a-tip-as-prose": lambda text: text.replace(":::tip\n", "").replace(
        f"{drift_pages.PROSE['one-click.handshake']}\n:::",
        drift_pages.PROSE["one-click.handshake"]),
    "a-rule": lambda text: text.replace("## The", "---\n\n## The"),
    "deeper-headings": lambda text: re.sub("(?m)^(##+) ", r"#\1 ", text),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_an_edit_that_changes_nothing_is_passed_over(name: str) -> None:
    text = HARMLESS[name](PAGE)
    assert text != PAGE
    page = read(text)
    assert compare(CONTRACT, page) == []
    assert new(raised(page), CONTRACT.questions) == []


def test_there_are_enough_of_them() -> None:
    assert len({edit(PAGE) for edit in HARMLESS.values()}) == len(HARMLESS) >= 15
