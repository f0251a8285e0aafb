"""The page of a made-up provider, in the same markup, that leaves nothing open."""

from __future__ import annotations

BASE_URL = "https://api.meadow.example/services/api"
ONE, LOG = "/users/{userId}/meadow-accounts", "/users/{userId}/meadow-accounts/log"
RESOURCE = """\
{
  "id": "uuid",
  "owner": "UUID",
  "login": "string",
  "stage": "STAGE or PRODUCTION",
  "scopes": ["str"],
  "limits": {"fields": "int", "area": "double"},
  "active": "boolean",
  "note": "string",
  "openedTime": "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'"
}
"""
BODY = """\
{
  "login": "string",
  "stage": "STAGE or PRODUCTION",
  "scopes": ["str"]
}
"""
ENTRIES = """\
[
  {
    "at": "yyyy-MM-ddTHH:mm:ss.SZ",
    "what": "STARTED" or "ENDED",
    ....
  },
]
"""
HEAD = f"""\
---
title: Meadow accounts
---

[get]: #get-an-account

Requests are authorized by a bearer token. The userId is a UUID.

```
{BASE_URL}
```

Title | Endpoint
--- | ---
[Get an account][get] | <span class="badge">GET</span> `{ONE}`
Open an account | <span class="badge">POST</span> `{ONE}`
Change an account | <span class="badge">PUT</span> `{ONE}`
Close an account | <span class="badge">DELETE</span> `{ONE}`
Read the log | <span class="badge">GET</span> `{LOG}`

## Accounts

An error has the status 4xx or 500 and says why. Where there is no account it is 404.

"""


def section(title: str, method: str, path: str, prose: str, body: str, answer: str) -> str:
    """An endpoint's section; its forms are in blocks that don't claim to be JSON."""
    sent = f"#### Request body\n\n```\n{body}```\n\n" if body else ""
    return (
        f'### {title}\n\n<span class="badge">{method}</span> `{path}`\n\n{prose}\n\n{sent}'
        f"#### Request examples\n\n{examples(method, path, bool(body))}\n"
        f"#### Response\n\n```\n{answer}```\n\n"
    )


def examples(method: str, path: str, body: bool) -> str:
    url = BASE_URL + path
    data = '{"login": "me", "stage": "STAGE", "scopes": ["all"]}'
    curl = f" -H 'Content-Type: application/json' -d '{data}'" if body else ""
    shell = url.replace("{", "${")
    return f"""\
```shell
curl -X {method} -H "Authorization: Bearer $TOKEN"{curl} "{shell}"
```

```py
headers = {{"Authorization": f"Bearer {{token}}"}}
print(requests.{method.lower()}(f"{url}", headers=headers{f", json={data}" if body else ""}).json())
```

```js
const headers = {{ Authorization: `Bearer ${{token}}` }}
axios.{method.lower()}(`{shell}`, {f"{data}, " if body else ""}{{ headers }})
```
"""


SIBLING = "".join(
    [
        HEAD,
        section("Get an account", "GET", ONE, "Shows the account.", "", RESOURCE),
        section("Open an account", "POST", ONE, "All fields are required.", BODY, RESOURCE),
        section("Change an account", "PUT", ONE, "Changes the account.", BODY, RESOURCE),
        section("Close an account", "DELETE", ONE, "Shows what was closed.", "", RESOURCE),
        section(
            "Read the log", "GET", LOG, "The newest of 90 days after the opening.", "", ENTRIES
        ),
    ]
)
