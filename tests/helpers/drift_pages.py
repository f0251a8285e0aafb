"""Documentation pages for the tests of `drift`, in Docusaurus Markdown, with prose of our own.

`page(contract)` is made from the loaded contract by rule, so that it agrees with it; `SIBLING` is
the page of a made-up provider, which leaves nothing open.
"""

from __future__ import annotations

import json
from pathlib import Path

from contracts.drift.differences.change import main_page
from contracts.drift.questions.question import slug
from contracts.spec.model import Contract, Endpoint, Form

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT.parent / "shared" / "reference" / "credentials_panorama.md"
BADGES = {"GET": "success", "POST": "warning", "DELETE": "danger"}
# One sentence for each statement of the contract.
PROSE = {
    "one-click.advised": "We advise everybody to use one-click instead.",
    "one-click.handshake": "It sees to the token exchange and to the handshake.",
    "read.for-leaf-user": "Shows which credentials a Leaf user has, by the user's id.",
    "read.json": "The credentials come as JSON.",
    "read.status-changes": "A background job may update the status of invalid credentials.",
    "create.for-leaf-user": "Registers credentials for a Leaf user.",
    "create.shows-status": "Back come the credentials and their status.",
    "delete.for-leaf-user": "Removes the credentials of a Leaf user.",
    "events.for-leaf-user": "Lists the logs of the credentials that belong to the LeafUserId.",
    "events.retention": "A log is kept for 30 days at most, and only for you.",
    "events.end-with-credentials": "Delete the credentials, and each log is gone.",
    "events.end-with-association": "Unlink the Leaf user, and each log is gone, too.",
}
HEAD = """\
---
title: {title}
description: made up
---
import Tabs from '@theme/Tabs';
import TabItem from '@theme/TabItem';

{links}

"""
TABS = """\
<Tabs
  defaultValue="sh"
  values={{[
    {{ label: 'cURL', value: 'sh', }},
    {{ label: 'Python', value: 'py', }},
    {{ label: 'JavaScript', value: 'js', }},
  ]
}}>
  <TabItem value="js">

  ```js
  const headers = {{ 'Authorization': `Bearer ${{TOKEN}}` }}
  axios.{verb}('{url}'{js}, {{ headers }})
  ```

  </TabItem>
  <TabItem value="py">

  ```py
  headers = {{'Authorization': f'Bearer {{TOKEN}}'}}
  response = requests.{verb}('{url}', headers=headers{py})
  ```

  </TabItem>
  <TabItem value="sh">

  ```shell
  curl -X {method} -H 'Authorization: Bearer YOUR_TOKEN' \\
      {sh}'{url}'
  ```

  </TabItem>
</Tabs>
"""


def page(contract: Contract) -> str:
    """A page that says what the contract says of its main page."""
    main = main_page(contract)
    endpoints = [e for e in contract.endpoints.values() if e.source.page == main]
    described = [e for e in endpoints if e.listed or e.answers]
    mentioned = [e for e in endpoints if e not in described]
    used = {form.id for e in described for form in (e.takes, e.answers) if form}
    alone = [f for f in contract.forms.values() if f.source.page == main and f.id not in used]
    listed = [e for e in described if e.listed]
    parts = [
        HEAD.format(title=main.title, links="\n".join(
            f"[{n}]: #{slug(e.source.heading)}" for n, e in enumerate(listed, start=1)
        )),
        *(f"{form.source.heading}:\n\n{fence(form)}\n" for form in alone),
        *(_tip(contract, endpoint) for endpoint in mentioned),
        f"The paths go behind this address:\n\n```\n{contract.base_url}\n```\n\n",
        "**Endpoints**\n\nDescription | Endpoints\n--- | ---\n",
        *(f"[{e.source.heading}][{n}] | {line(e)}\n" for n, e in enumerate(listed, start=1)),
        "\n## The endpoints\n\n",
        *(_section(contract, endpoint) for endpoint in described),
    ]  # fmt: skip
    return "".join(parts)


def fence(form: Form) -> str:
    return f"```json\n{form.notation.strip()}\n```\n"


def line(endpoint: Endpoint) -> str:
    """An endpoint's request line with its badge."""
    badge = f"badge badge--{BADGES[endpoint.method]}"
    return f'<span class="{badge}">{endpoint.method}</span> `{endpoint.path}`'


def _prose(contract: Contract, heading: str) -> list[str]:
    return [PROSE[s.id] for s in contract.statements.values() if s.source.heading == heading]


def _tip(contract: Contract, endpoint: Endpoint) -> str:
    first, *rest = _prose(contract, endpoint.source.heading)
    return f":::tip\n{first} Send `{endpoint.request}` for it.\n{' '.join(rest)}\n:::\n\n"


def _section(contract: Contract, endpoint: Endpoint) -> str:
    first, *rest = _prose(contract, endpoint.source.heading)
    plain = [text for text in rest if "log" not in text]
    warning = [text for text in rest if "log" in text]
    body = f"#### Request body\n\n{fence(endpoint.takes)}\n" if endpoint.takes else ""
    answer = f"#### Response\n\n{fence(endpoint.answers)}\n" if endpoint.answers else ""
    parts = [
        f"### {endpoint.source.heading}\n\n&nbsp;{line(endpoint)}\n\n",
        f"<p align='justify'>\n\n{first}\n\n</p>\n\n",
        *(f"{text}\n\n" for text in plain),
        body,
        f"#### Request examples\n{_tabs(contract, endpoint)}\n",
        answer,
        f":::warning\n{chr(10).join(warning)}\n:::\n\n" if warning else "",
    ]
    return "".join(parts)


def _tabs(contract: Contract, endpoint: Endpoint) -> str:
    sent = json.dumps(contract.example(endpoint.takes)) if endpoint.takes else ""
    return TABS.format(
        method=endpoint.method,
        verb=endpoint.method.lower(),
        url=contract.base_url + endpoint.path,
        js=f", {sent}" if sent else "",
        py=f", json={sent}" if sent else "",
        sh=f"-H 'Content-Type: application/json' -d '{sent}' " if sent else "",
    )


def swapped(text: str, old: str, new: str, after: str = "") -> str:
    """The text with `new` for the first `old` that stands behind `after`; both must be there."""
    start = text.index(after) + len(after)
    at = text.index(old, start)
    return text[:at] + new + text[at + len(old) :]


def first_difference(before: str, after: str) -> int:
    """The 1-based line on which two texts begin to differ."""
    lines, others = before.splitlines(), after.splitlines()
    for number, (one, other) in enumerate(zip(lines, others, strict=False), start=1):
        if one != other:
            return number
    return min(len(lines), len(others)) + 1


def line_with(text: str, part: str, after: str = "") -> int:
    """The 1-based line on which `part` first stands behind `after`."""
    at = text.index(part, text.index(after) + len(after))
    return text.count("\n", 0, at) + 1
