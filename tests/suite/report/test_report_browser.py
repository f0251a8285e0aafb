"""index.html in a real browser: no errors, filters work, nothing overflows, no secret in it.

Wants Chromium as Debian packages it (`apt-get install chromium`); `CHROMIUM` names another one.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.report.build import EndedTest, versions
from contracts.report.html import page
from contracts.spec.load import load
from tests.helpers.report_helpers import a_short_life, exchange, watched

sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")

CONTRACT = load()
DOCUMENTED, ADVISORY = "read.json", "delete.twice"
LONG = "an-unbroken-word-" * 40
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run",
]  # fmt: skip
BROWSER = os.environ.get("CHROMIUM") or shutil.which("chromium")

pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="there is no browser: install Debian's chromium, or set CHROMIUM"
)


@pytest.fixture(scope="module")
def secret() -> str:
    return secrets.token_urlsafe(24)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, secret: str) -> Path:
    """A report with something of everything in it, hostile texts and a planted secret."""
    with watched() as seen:
        seen.run.target.secrets.keep(secret, "token")
        a_short_life(seen.account)
        hostile = {"title": f"<img src=x onerror=alert(1)> {LONG}", "token": secret}
        seen.see(
            exchange("read", DOCUMENTED, body=hostile, headers=[("X-Token", secret)]),
            exchange("delete", ADVISORY, status=500, body=f"<script>alert(2)</script>{secret}"),
        )
        seen.tests.append(EndedTest(f"test_a.py::test_{LONG}", "failed", 0.1, [DOCUMENTED]))
        complaints = [f"{LONG} {secret} </script><script>alert(3)</script>"]
        report = seen.report(exit_status=1, complaints=complaints)
    report["questions"] = [{"id": "q", "sentence": f"Which {LONG}?", "source": None}]
    path = tmp_path_factory.mktemp("report") / "index.html"
    path.write_text(page(report), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Callable[..., Any]]:
    """Opens the page; whatever is wrong with it fails the test in the end."""
    problems: list[str] = []
    contexts = []

    def opened(anchor: str = "", width: int = 1200, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: problems.append(message.text))
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("dialog", lambda dialog: problems.append(f"dialog: {dialog.message}"))
        tab.on("request", lambda r: r.url.startswith("file:") or problems.append(r.url))
        tab.goto(file.as_uri() + anchor)
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert problems == []


def visible(tab: Any) -> int:
    return int(tab.locator(".requirement:visible").count())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1600])
def test_nothing_overflows(opened: Callable[..., Any], width: int, scheme: str) -> None:
    tab = opened(width=width, color_scheme=scheme)
    tab.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    too_wide = tab.evaluate(
        """width => [...document.querySelectorAll('body *')]
            .filter(e => !e.closest('.scroll, .skip, svg'))
            .filter(e => e.getBoundingClientRect().right > width + 1)
            .map(e => e.tagName + '.' + e.className)""",
        width,
    )
    assert too_wide == []


def test_light_and_dark_are_told_apart_and_legible(opened: Callable[..., Any]) -> None:
    colours = []
    for scheme in ("light", "dark"):
        tab = opened(color_scheme=scheme)
        style = "getComputedStyle(document.body)"
        colours.append(tab.evaluate(f"[{style}.backgroundColor, {style}.color]"))
    assert colours[0] != colours[1]
    assert all(_contrast(*pair) > 7 for pair in colours)


def _contrast(*colours: str) -> float:
    """WCAG's contrast ratio of two colours in CSS's notation rgb(r, g, b)."""
    lights = sorted(_luminance(colour) for colour in colours)
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_filters_by_verdict_and_by_text(opened: Callable[..., Any]) -> None:
    tab = opened()
    every = len(CONTRACT.requirements)
    assert visible(tab) == every
    broken = tab.get_by_role("button", name="broken")
    broken.click()
    assert broken.get_attribute("aria-pressed") == "true"
    assert visible(tab) == 1
    assert tab.locator("#shown").text_content() == f"1 of {every}"
    tab.get_by_role("button", name="advice").click()
    assert visible(tab) == 2
    broken.click()
    tab.get_by_role("button", name="advice").click()
    assert visible(tab) == every
    tab.get_by_role("searchbox").fill("DELETE.twice")
    assert visible(tab) == 1
    tab.get_by_role("searchbox").fill("no requirement has these words")
    assert visible(tab) == 0
    tab.keyboard.press("Escape")
    assert visible(tab) == every


def test_it_can_be_used_with_the_keyboard(opened: Callable[..., Any]) -> None:
    tab = opened()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "search"
    tab.keyboard.type("read.succeeds")
    assert visible(tab) == 1
    summary = tab.locator(".requirement:visible summary")
    summary.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("[id='read.succeeds']").get_attribute("open") is not None
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert tab.evaluate(outline) == "solid"


def test_a_requirement_is_opened_by_its_link(opened: Callable[..., Any]) -> None:
    tab = opened("#read.succeeds")
    target = tab.locator("[id='read.succeeds']")
    assert target.get_attribute("open") is not None
    assert target.is_visible()
    tab.get_by_role("button", name="broken").click()
    tab.evaluate("location.hash = '#create.stores'")
    tab.wait_for_function("document.getElementById('create.stores').open")
    assert tab.locator("[id='create.stores']").is_visible()


def test_what_failed_is_open_and_shows_why(opened: Callable[..., Any]) -> None:
    tab = opened()
    failed = tab.locator(f"[id='{DOCUMENTED}']")
    assert failed.get_attribute("open") is not None
    text = failed.inner_text()
    for words in ("what is right", "what is wrong", "curl -i -X GET", "test_a.py::test_"):
        assert words in text
    assert tab.locator("h1").inner_text() == "The contract is broken"


def test_no_secret_and_nothing_foreign_is_in_the_document(
    opened: Callable[..., Any], secret: str
) -> None:
    tab = opened()
    assert secret not in tab.content()
    assert "***" in tab.content()
    assert tab.locator("script").count() == 1
    assert tab.locator("img, iframe, link, object").count() == 0


def test_charts_say_in_words_what_they_show(opened: Callable[..., Any]) -> None:
    tab = opened()
    titles = tab.locator("svg > title").all_text_contents()
    assert len(titles) == 1 + 2 * len(CONTRACT.endpoints)
    assert any("1 broken" in title for title in titles)
    assert any("median" in title for title in titles)
    assert tab.locator("svg[role=img]").count() == len(titles)


def test_without_scripts_all_is_there(opened: Callable[..., Any]) -> None:
    tab = opened(java_script_enabled=False)
    assert visible(tab) == len(CONTRACT.requirements)
    assert not tab.locator("#filters").is_visible()


def test_the_top_says_what_the_run_was_made_with(opened: Callable[..., Any]) -> None:
    top = opened().locator("header")
    text = top.inner_text()
    for name in ("python", "panorama-contracts", "pytest", "hypothesis", "httpx"):
        assert f"{name} {versions()[name]}" in text
    for words in (CONTRACT.name, CONTRACT.version, "embedded service", "2026", "1.5 s", "Retries"):
        assert words in text
    assert opened().locator("footer").get_by_text("pytest").count() == 0


def test_the_parts_of_the_page_are_reached_by_links(opened: Callable[..., Any]) -> None:
    tab = opened(width=360)
    links = tab.get_by_role("navigation", name="On this page").get_by_role("link")
    assert links.count() == 4
    for number in range(4):
        target = links.nth(number).get_attribute("href")
        links.nth(number).click()
        top = tab.locator(target).evaluate("each => each.getBoundingClientRect().top")
        assert -1 <= top <= 900
        assert tab.evaluate("location.hash") == target


def test_a_verdict_is_told_in_words_too(opened: Callable[..., Any]) -> None:
    held = opened().locator("[id='create.stores'] summary")
    assert "holds" in held.locator(".verdict").inner_text()
    assert held.locator(".verdict").evaluate("each => getComputedStyle(each).display") != "none"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_printed(opened: Callable[..., Any], scheme: str) -> None:
    tab = opened(color_scheme=scheme)
    closed = tab.locator("details.example:not([open])").count()
    assert closed
    tab.get_by_role("button", name="broken").click()
    tab.emulate_media(media="print")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert not tab.locator("#filters").is_visible()
    assert visible(tab) == len(CONTRACT.requirements)
    assert tab.locator("details.example:not([open])").count() == 0
    verdict = tab.locator("[id='create.stores'] .verdict").bounding_box()
    assert verdict["width"] > 20
    dot = "getComputedStyle(document.querySelector('.requirement .dot'))"
    assert tab.evaluate(f"{dot}.printColorAdjust") == "exact"
    # On paper, whatever the screen's colours are, and nothing sticks out of its table.
    style = "getComputedStyle(document.body)"
    body = tab.evaluate(f"[{style}.backgroundColor, {style}.color]")
    assert body[0] == "rgb(255, 255, 255)"
    assert _contrast(*body) > 7
    tab.set_viewport_size({"width": 680, "height": 900})
    too_wide = tab.evaluate("""[...document.querySelectorAll('.scroll')]
        .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.ariaLabel)""")
    assert too_wide == []
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert tab.locator("details.example:not([open])").count() == closed
    assert tab.pdf(format="A4").startswith(b"%PDF")
