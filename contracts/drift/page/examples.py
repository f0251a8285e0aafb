"""What a request example sends: curl by shell words, Python by its syntax tree, JavaScript roughly.

`read(example)` answers None for a language that it does not know, or for an example without a
request in it.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contracts.drift.page.model import Example
from contracts.spec.parser import NotationError, parse
from contracts.spec.types import Record

SHELL = ("sh", "shell", "bash", "curl", "console", "zsh", "http", "httpie", "terminal")
PYTHON = ("py", "python", "python3")
JAVASCRIPT = ("js", "javascript", "ts", "typescript", "jsx", "node")
UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
METHODS = ("get", "post", "put", "patch", "delete")
DATA_OPTIONS = ("-d", "--data", "--data-raw", "--data-binary", "--data-ascii")


@dataclass(frozen=True)
class Sent:
    """A request as an example sends it.

    `headers` are names in lower case, as far as the example gives them itself; `fields` are those
    of the body, None without one; `labelled` is whether the body goes out as JSON; `unfilled` is
    whether braces are sent as they stand; `reads_json` whether the answer must be JSON; `query` are
    the names of the parameters behind the path.
    """

    method: str
    url: str
    headers: frozenset[str]
    fields: tuple[str, ...] | None = None
    labelled: bool = True
    unfilled: bool = False
    reads_json: bool = False
    query: tuple[str, ...] = ()
    body: str = ""  # as it is written, where the language shows it in one piece


def read(example: Example) -> Sent | None:
    """What an example sends; see the module."""
    for languages, reader in ((SHELL, _curl), (PYTHON, _python), (JAVASCRIPT, _javascript)):
        if example.language in languages:
            return reader(example.text)
    return None


def is_broken(example: Example) -> bool:
    """Whether the example's own language cannot read it, so that nothing is known of what it sends.

    Of shell this can be told by its quotes, of Python by its grammar; of others it cannot.
    """
    try:
        if example.language in SHELL:
            _words(example.text)
        elif example.language in PYTHON:
            _tree(example.text)
    except UNREADABLE:
        return True
    return False


def query_of(url: str) -> tuple[str, ...]:
    """The names of a URL's query."""
    return tuple(part.partition("=")[0] for part in url.partition("?")[2].split("&") if part)


def _body_fields(text: str) -> tuple[str, ...]:
    """The names of a JSON object or of a form; none when the text is neither."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _form_fields(text)
    return tuple(value) if isinstance(value, dict) else ()


def _form_fields(text: str) -> tuple[str, ...]:
    try:
        kind = parse(text)
    except NotationError:
        return ()
    return tuple(kind.fields) if isinstance(kind, Record) else ()


# ------------------------------------------------------------- curl


def _words(text: str) -> list[str]:
    return shlex.split(text.replace("\\\n", " "), comments=True)


def _curl(text: str) -> Sent | None:
    try:
        tokens = _words(text)
    except UNREADABLE:
        return None  # `is_broken` tells
    if "curl" not in tokens:
        return _httpie(tokens)
    method, url, body, headers, as_json = "", "", None, set(), False
    in_url, parts = False, []  # -G: what would be the body goes behind the path
    words = iter(_split_options(tokens[tokens.index("curl") + 1 :]))
    for word in words:
        if word in ("-X", "--request"):
            method = next(words, "").upper()
        elif word in ("-H", "--header"):
            headers.add(next(words, "").partition(":")[0].strip().lower())
        elif word in ("-G", "--get"):
            in_url = True
        elif word in (*DATA_OPTIONS, "--json", "--data-urlencode"):
            body, as_json = next(words, ""), word == "--json"
            parts.append(body)
        elif word in ("curl", "|", "&&", ";"):
            break  # the next command
        elif word.startswith(("http://", "https://")) and not url:
            url = word
    if in_url:
        body = None
        url += "?" + "&".join(parts)
    return Sent(
        method or ("GET" if body is None else "POST"),
        url.replace("${", "{"),
        frozenset(headers),
        None if body is None else _body_fields(body),
        labelled=body is None or as_json or "content-type" in headers,
        # curl takes braces for a list of alternatives and drops them.
        unfilled="{" in url and "${" not in url,
        query=query_of(url),
        body=(body or "").strip(),
    )


def _split_options(words: Sequence[str]) -> Iterator[str]:
    """Options and their values apart: `-XPOST`, `--request=POST`."""
    for word in words:
        name, sign, value = word.partition("=")
        if re.fullmatch(r"-[XHd].+", word, re.DOTALL):
            yield from (word[:2], word[2:])
        elif sign and re.fullmatch(r"--[a-z-]+", name):
            yield from (name, value)
        else:
            yield word


def _httpie(tokens: Sequence[str]) -> Sent | None:
    """`http POST https://… Header:value field=text field:=json`."""
    command = next((at for at, word in enumerate(tokens) if word in ("http", "https", "xh")), None)
    if command is None:
        return None
    words = [word for word in tokens[command + 1 :] if not word.startswith("-")]
    method = words.pop(0).upper() if words and words[0].lower() in METHODS else ""
    url = words.pop(0) if words else ""
    headers = frozenset(w.partition(":")[0].lower() for w in words if re.match(r"[\w-]+:(?!=)", w))
    fields = tuple(found[1] for w in words if (found := re.match(r"([\w.-]+):?=(?!=)", w)))
    return Sent(
        method or ("POST" if fields else "GET"), url, headers, fields or None,
        unfilled="{" in url, query=query_of(url),
    )  # fmt: skip


# ------------------------------------------------------------- Python


def _tree(text: str) -> ast.Module:
    with warnings.catch_warnings(action="ignore"):  # of escapes that mean nothing, and so on
        return ast.parse(text)


def _python(text: str) -> Sent | None:
    try:
        tree = _tree(text)
    except UNREADABLE:
        return None  # `is_broken` tells
    assigned = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
    named = [(c.func.attr, c) for c in calls if isinstance(c.func, ast.Attribute)]
    request = next(((name, call) for name, call in named if name in METHODS and call.args), None)
    if request is None:
        return None
    name, call = request
    known = {  # what a name stood for when the request was sent
        target.id: node.value
        for node in assigned
        if node.lineno < call.lineno
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    options = {k.arg: _looked_up(k.value, known) for k in call.keywords if k.arg}
    url = _looked_up(call.args[0], known)
    body = options.get("json") or options.get("data")
    headers = frozenset(key.lower() for key in _keys(options.get("headers")))
    return Sent(
        name.upper(),
        _address(url),
        headers,
        None if body is None else _keys(body),
        labelled="json" in options or body is None or "content-type" in headers,
        unfilled=isinstance(url, ast.Constant) and "{" in str(url.value),
        reads_json=any(name == "json" for name, _ in named),
        query=(*query_of(_address(url)), *_keys(options.get("params"))),
    )


def _address(node: ast.expr) -> str:
    """A URL as it is written; what an f-string fills in stands in braces."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_address(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return f"{{{ast.unparse(node.value)}}}"
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _looked_up(node: ast.expr, known: Mapping[str, ast.expr]) -> ast.expr:
    return known.get(node.id, node) if isinstance(node, ast.Name) else node


def _keys(node: ast.expr | None) -> tuple[str, ...]:
    if not isinstance(node, ast.Dict):
        return ()
    return tuple(str(key.value) for key in node.keys if isinstance(key, ast.Constant))


# ------------------------------------------------------------- JavaScript

_CALL = re.compile(r"\baxios\s*\.\s*(get|post|put|patch|delete)\s*\(|\bfetch\s*\(")
_FETCH_METHOD = re.compile(r"""\bmethod\s*:\s*["'](\w+)["']""")
_URL = re.compile(r"""(["'`])(https?://.*?)\1""")
_OBJECT = re.compile(r"""\b([\w$]+)\s*[=:]\s*(?:JSON\.stringify\(\s*)?\{""")
_SECOND = re.compile(r"""\(\s*(?:(["'`]).*?\1|[\w$]+)\s*,\s*(\{|[\w$]+)""", re.DOTALL)
_KEY = re.compile(r"""(?:^|[{,])\s*(?:["']([^"']+)["']|([\w$]+))\s*:""")


def _javascript(text: str) -> Sent | None:
    call, url = _CALL.search(text), _URL.search(text)
    if call is None or url is None:
        return None
    method = call[1] or next(iter(_FETCH_METHOD.findall(text)), "get")
    objects = {
        found[1]: _balanced(text, found.end() - 1) for found in reversed([*_OBJECT.finditer(text)])
    }
    headers = frozenset(name.lower() for name in _names(objects.get("headers", "")))
    body = _sent_object(text, call, objects)
    filled = url[1] == "`"
    return Sent(
        method.upper(),
        url[2].replace("${", "{") if filled else url[2],
        headers,
        None if body is None else tuple(_names(body)),
        # axios labels an object as JSON; fetch does not.
        labelled=body is None or bool(call[1]) or "content-type" in headers,
        unfilled="{" in (url[2].replace("${", "") if filled else url[2]),
        reads_json=".json()" in text,
        query=(*query_of(url[2]), *_names(objects.get("params", ""))),
    )


def _sent_object(text: str, call: re.Match[str], objects: Mapping[str, str]) -> str | None:
    """The body: axios takes it as its second argument, fetch as an option."""
    if not call[1]:
        return next((objects[name] for name in ("body", "data") if name in objects), None)
    second = _SECOND.match(text, call.end() - 1)
    if second is None or call[1] not in ("post", "put", "patch"):
        return None
    return _balanced(text, second.end() - 1) if second[2] == "{" else objects.get(second[2])


def _balanced(text: str, at: int) -> str:
    """The braces that open at `at`, with what is in them."""
    depth = 0
    for end in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[at : end + 1]
    return text[at:]


def _names(text: str) -> list[str]:
    """The keys of an object's own; inner objects are left out."""
    depth, flat = 0, ""
    for char in text:
        depth -= char == "}"
        flat += char if depth <= 1 else ""
        depth += char == "{"
    return [quoted or bare for quoted, bare in _KEY.findall(flat)]
