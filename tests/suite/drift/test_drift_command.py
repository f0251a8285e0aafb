"""`python -m contracts drift`: exit statuses, output, where pages come from, and how fast it is."""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from contracts.__main__ import main
from contracts.drift import command, snapshot
from contracts.drift.differences.every import snapshot_of
from contracts.drift.page import source
from contracts.drift.page.reader import read
from contracts.drift.page.source import page_at, shown
from contracts.spec.load import CONTRACT_FILE, load
from contracts.spec.yaml_nodes import DataError
from tests.helpers import drift_pages
from tests.helpers.drift_pages import line_with, swapped
from tests.helpers.drift_sibling import SIBLING

CONTRACT = load()
PAGE = drift_pages.page(CONTRACT)
EDITED = swapped(PAGE, '"STAGE" or "PRODUCTION"', '"STAGE"')
FASTEST_OF, LIMIT = 3, 1.0  # seconds, start included

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def read_before(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of these tests has been read, in place of the real one."""
    known = tmp_path_factory.mktemp("read") / "panorama.page.json"
    snapshot.write(known, snapshot_of(CONTRACT, read(PAGE)))
    beside = snapshot.path_beside
    monkeypatch.setattr(
        command, "path_beside", lambda path: known if path == CONTRACT_FILE else beside(path)
    )


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    path = tmp_path / "edited.md"
    path.write_text(EDITED, encoding="utf-8")
    return path


def refused(capsys: Capture, *arguments: str) -> str:
    """Exit status 4 and one plain sentence."""
    assert main(["drift", *arguments]) == 4
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("error: ")
    return line


# ------------------------------------------------------------- what it says


def test_a_page_that_agrees_ends_with_0_in_spite_of_its_questions(
    page: Path, capsys: Capture
) -> None:
    assert main(["drift", str(page)]) == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0] == f"{page}: the page agrees with the contract"
    assert "Questions to the documentation (" in said


def test_a_change_is_shown_with_its_line_its_class_and_what_it_touches(
    edited: Path, capsys: Capture
) -> None:
    assert main(["drift", str(edited)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{edited}: the page differs from the contract (1 breaking)"
    line = line_with(EDITED, '"clientEnvironment": "STAGE"', "#### Request body")
    assert lines[2] == f"breaking, line {line}: value credentials-body.clientEnvironment removed"
    assert lines[4].startswith("    touches ")
    assert "create.value.clientEnvironment.PRODUCTION" in "\n".join(lines)


def test_as_json_it_has_everything(edited: Path, capsys: Capture) -> None:
    assert main(["drift", str(edited), "--json"]) == 1
    value = json.loads(capsys.readouterr().out)
    assert (value["page"], value["agrees"]) == (str(edited), False)
    (change,) = value["changes"]
    assert change["severity"] == "breaking"
    assert "create.value.clientEnvironment.PRODUCTION" in change["requirements"]
    known = {question["id"] for question in value["questions"] if question["known"]}
    assert known
    assert known <= set(CONTRACT.questions)
    assert set(value["answered"]) == set(CONTRACT.questions) - known


def test_questions_that_are_new_or_no_longer_asked_are_marked(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "sibling.md"
    path.write_text(SIBLING.replace("The userId is a UUID.", ""), encoding="utf-8")
    assert main(["drift", str(path)]) == 1
    said = capsys.readouterr().out
    assert "parameter-form-open.userId (new), lines " in said
    assert f"No longer asked: {', '.join(CONTRACT.questions)}" in said


def test_a_question_that_is_new_counts_and_one_that_went_does_not(
    tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "page.md"
    path.write_text(swapped(PAGE, "curl -X POST", "curl -X PUT"), encoding="utf-8")
    assert main(["drift", str(path)]) == 1
    said = capsys.readouterr().out
    assert said.splitlines()[0] == f"{path}: the page differs from the contract (1 new question)"
    assert main(["drift", str(path), "--json"]) == 1
    value = json.loads(capsys.readouterr().out)
    assert (value["agrees"], value["changes"]) == (False, [])
    gone = [name for name in CONTRACT.questions if name in value["answered"]]
    assert gone  # the page of the tests leaves less open than the real one
    assert main(["drift", str(path.with_name("page.md")), "--json"]) == 1


def test_the_gravest_changes_come_first(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "page.md"
    path.write_text(EDITED.replace("title: ", "title: New "), encoding="utf-8")
    assert main(["drift", str(path)]) == 1
    said = [s for s in capsys.readouterr().out.splitlines() if s and ", line " in s]
    assert [s.partition(",")[0] for s in said[:2]] == ["breaking", "notable"]


def test_nobodys_token_is_shown(tmp_path: Path, capsys: Capture) -> None:
    token = "abcdefgh12345678ijkl"
    path = tmp_path / "page.md"
    secret = PAGE.replace("title: ", f"title: Bearer {token} ")
    path.write_text(secret, encoding="utf-8")
    for option in ([], ["--json"], ["--adopt"]):
        main(["drift", str(path), *option])
        said = capsys.readouterr()
        assert token not in said.out + said.err
        assert "***" in said.out


# ------------------------------------------------------------- a draft


def test_adopt_writes_a_draft_to_the_terminal_or_to_a_file(
    page: Path, tmp_path: Path, capsys: Capture
) -> None:
    assert main(["drift", "--adopt", str(page)]) == 0
    said = capsys.readouterr().out
    to = tmp_path / "draft.yaml"
    assert main(["drift", "--adopt", str(page), "--to", str(to)]) == 0
    assert to.read_text(encoding="utf-8") == said
    assert set(load(to).forms)


def test_adopt_overwrites_nothing(page: Path, tmp_path: Path, capsys: Capture) -> None:
    to = tmp_path / "draft.yaml"
    to.write_text("mine", encoding="utf-8")
    assert "is there already" in refused(capsys, "--adopt", str(page), "--to", str(to))
    assert to.read_text(encoding="utf-8") == "mine"


def test_adopt_says_where_it_cannot_write(page: Path, tmp_path: Path, capsys: Capture) -> None:
    to = tmp_path / "missing" / "draft.yaml"
    assert str(to) in refused(capsys, "--adopt", str(page), "--to", str(to))
    assert not to.parent.exists()


@pytest.mark.parametrize(
    "options", [["--to", "x.yaml"], ["--adopt", "--json"], ["--adopt", "--contract", "x.yaml"]]
)
def test_options_that_do_not_belong_together_are_refused(
    options: list[str], page: Path, capsys: Capture
) -> None:
    refused(capsys, str(page), *options)


def test_a_draft_names_the_file_without_its_folders(page: Path, capsys: Capture) -> None:
    main(["drift", "--adopt", str(page)])
    first, *rest = capsys.readouterr().out.splitlines()
    assert first == "# A first draft, made from page.md. Everything marked TODO is yours."
    assert str(page.parent) not in "\n".join(rest)


def test_a_draft_names_the_address_without_what_is_secret_in_it(capsys: Capture) -> None:
    with serving(answered(200, PAGE.encode())) as url:
        place = url.replace("//", "//me:hidden1@") + "?token=hidden2"
        assert main(["drift", "--adopt", place]) == 0
    said = capsys.readouterr().out
    assert f"made from {url}. " in said.splitlines()[0]
    assert "hidden" not in said


# ------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no request line and no form"),
        (b"<!DOCTYPE html><p>Hello</p>", "no request line and no form"),
        (b"# A title\n\nAnd prose.\n", "no request line and no form"),
        ("# Größe\n\n`GET /a`\n".encode("latin-1"), ":1: this is not UTF-8"),
        (b"\x00" * 100, "no request line and no form"),
        (b"x" * (source.MAX_SIZE + 1), "larger than 2 MiB"),
    ],
    ids=["empty", "HTML", "prose", "Latin-1", "zeros", "too large"],
)
def test_a_file_that_is_no_page_is_refused(
    content: bytes, word: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(content)
    for option in ([], ["--adopt"]):
        line = refused(capsys, str(path), *option)
        assert str(path) in line
        assert word in line


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, capsys: Capture) -> None:
    for path in (str(tmp_path), str(tmp_path / "missing.md"), "zero\0byte"):
        assert "cannot be read" in refused(capsys, path)


@pytest.mark.parametrize(
    "text",
    [":::a\n" * 3000, "> " * 3000 + "x", "[" * 1000, "<a " * 5000, "<a\n" * 5000, "`" * 5001,
     "<!--\n" * 5000, "| a\n" * 3000, "* " * 2000, "```json\n" + "[" * 5000 + "\n```\n"],
    ids=["admonitions", "quotes", "brackets", "tag", "tags", "code", "comments", "table", "list",
         "form"],
)  # fmt: skip
def test_no_text_takes_long_or_ends_in_a_traceback(
    text: str, tmp_path: Path, capsys: Capture
) -> None:
    path = tmp_path / "page.md"
    path.write_text(f"## It\n\n`GET /a`\n\n{text}", encoding="utf-8")
    start = time.monotonic()
    assert main(["drift", str(path)]) == 1
    assert time.monotonic() - start < 10
    capsys.readouterr()


# ------------------------------------------------------------- addresses

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server on loopback that answers each GET so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/page.md"
    finally:
        server.shutdown()
        server.server_close()


def answered(status: int, content: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def redirected(handler: BaseHTTPRequestHandler) -> None:
    if handler.path == "/there":
        answered(200, PAGE.encode())(handler)
    else:
        answered(302, Location="/there")(handler)


@pytest.mark.parametrize(
    "answer",
    [
        answered(200, PAGE.encode(), Content_Type="text/markdown"),
        answered(200, gzip.compress(PAGE.encode()), Content_Encoding="gzip"),
        redirected,
    ],
    ids=["plain", "gzip", "redirect"],
)
def test_a_page_is_fetched(answer: Answer, capsys: Capture) -> None:
    with serving(answer) as url:
        assert main(["drift", url]) == 0
    assert f"{url}: the page agrees" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (answered(404), "answered with 404"),
        (answered(200, b"<p>", Content_Type="text/html; charset=utf-8"), "this is HTML"),
        (answered(200, b"x" * (source.MAX_SIZE + 1)), "larger than 2 MiB"),
        (answered(200, gzip.compress(b"x" * (source.MAX_SIZE + 1)), Content_Encoding="gzip"),
         "larger than 2 MiB"),
        (answered(200, b"nonsense", Content_Encoding="gzip"), "no valid gzip"),
        (answered(200, b"nonsense", Content_Encoding="br"), "content coding"),
        (answered(302, Location="/page.md"), "cannot be fetched"),
        (answered(302, Location="ftp://127.0.0.1/"), "cannot be fetched"),
        (answered(200, b"# Gr\xf6\xdfe\n"), "this is not UTF-8"),
    ],
    ids=["404", "HTML", "large", "bomb", "bad gzip", "unknown coding", "circle", "ftp", "Latin-1"],
)  # fmt: skip
def test_an_answer_that_is_no_page_is_refused(answer: Answer, word: str, capsys: Capture) -> None:
    with serving(answer) as url:
        line = refused(capsys, url)
    assert url in line
    assert word in line


def test_a_slow_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "TIME_LIMIT", 0.5)
    over = threading.Event()

    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not over.wait(0.05):
            handler.wfile.write(b"x")

    start = time.monotonic()
    with serving(trickle) as url:
        with pytest.raises(DataError, match="cannot be fetched"):
            page_at(url)
        over.set()
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/page.md", "http://", "http://[::1/x", "https://127.0.0.1:99999/x"]
)
def test_an_address_that_leads_nowhere_is_named(url: str, capsys: Capture) -> None:
    assert "cannot be fetched" in refused(capsys, url)


def test_what_may_be_secret_in_an_address_is_not_shown(capsys: Capture) -> None:
    url = "http://me:hidden1@127.0.0.1:1/page.md?token=hidden2#hidden3"
    assert shown(url) == "http://127.0.0.1:1/page.md"
    assert "hidden" not in refused(capsys, url)


def test_the_options_are_those_of_the_readme(root: Path, capsys: Capture) -> None:
    section = (root / "README.md").read_text("utf-8").split("| option of `drift` |")[1]
    documented = set(re.findall(r"^\| `(--[a-z]+)", section.split("\n\n")[0], re.MULTILINE))
    with pytest.raises(SystemExit):
        main(["drift", "--help"])
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out))
    assert options - {"--help"} == documented
