"""The five endpoints on FastAPI and SQLAlchemy (SQLite), sharing no code with the suite.

Environment: PORT, STORE (a folder), LEAF_TOKEN, LEAF_USER_ID, LEAF_OTHER_USER_ID, VARIANT, MISTAKE.
"""

import functools
import json
import os
import unicodedata
import uuid
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import uvicorn
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

MISTAKE = os.environ.get("MISTAKE", "")
VARIANT = os.environ.get("VARIANT", "")
TOKEN = os.environ["LEAF_TOKEN"]
USERS = {os.environ["LEAF_USER_ID"], os.environ["LEAF_OTHER_USER_ID"]}
SHOWN = (
    "id status createdTime clientId username organizationCode clientEnvironment "
    "accessToken refreshToken"
).split()


class Base(DeclarativeBase):
    pass


class Credentials(Base):
    __tablename__ = "credentials"
    id: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str] = mapped_column(unique=True)
    client_id: Mapped[str] = mapped_column(unique=MISTAKE == "unique-client-id")
    username: Mapped[str] = mapped_column(unique=MISTAKE == "unique-username")
    password: Mapped[str]
    organization_code: Mapped[str]
    refresh_token: Mapped[str]
    access_token: Mapped[str]
    client_environment: Mapped[str]
    created: Mapped[datetime]
    number: Mapped[int]


class Event(Base):
    __tablename__ = "events"
    id: Mapped[str] = mapped_column(primary_key=True)
    user: Mapped[str]
    body: Mapped[str]
    created: Mapped[datetime]


engine = create_engine(f"sqlite:///{os.environ['STORE']}/store.db")
Base.metadata.create_all(engine)
counter = 0

lax = ConfigDict(coerce_numbers_to_str=MISTAKE == "numbers-become-text")


class OneClick(BaseModel):
    model_config = lax
    clientId: str  # noqa: N815
    username: str
    password: str
    clientEnvironment: Literal["STAGE", "PRODUCTION"]  # noqa: N815


class Body(OneClick):
    organizationCode: str  # noqa: N815
    refreshToken: str  # noqa: N815


class PartialBody(BaseModel):
    clientId: str | None = None  # noqa: N815
    username: str | None = None
    password: str | None = None
    organizationCode: str | None = None  # noqa: N815
    refreshToken: str | None = None  # noqa: N815
    clientEnvironment: Literal["STAGE", "PRODUCTION"] | None = None  # noqa: N815


def session():
    with Session(engine) as opened:
        yield opened


Database = Annotated[Session, Depends(session)]
bearer = HTTPBearer(auto_error=False)


def authorised(given: HTTPAuthorizationCredentials | None) -> bool:
    if given is None:
        return False
    if MISTAKE == "token-prefix":
        return given.credentials.startswith(TOKEN)
    return given.scheme == "Bearer" and given.credentials == TOKEN


def check_token(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> None:
    creates = request.method == "POST" and request.url.path.endswith("/panorama-credentials")
    writes_first = MISTAKE == "401-after-the-write" and creates
    if not writes_first and not authorised(given):
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})


def check_user(user: str) -> str:
    if user not in USERS:
        raise HTTPException(404, "No such Leaf user")
    return user


User = Annotated[str, Depends(check_user)]
app = FastAPI()
api = APIRouter(
    prefix="/services/usermanagement/api/users/{user}", dependencies=[Depends(check_token)]
)


@app.exception_handler(RequestValidationError)
async def refuse(request: Request, error: RequestValidationError) -> JSONResponse:
    shown = ("loc", "msg", "type", "input") if MISTAKE == "refusal-shows-input" else ("loc", "type")
    problems = [{k: p[k] for k in shown if k in p} for p in error.errors()]
    return JSONResponse(json.loads(json.dumps({"detail": problems}, default=str)), 422)


def written(moment: datetime, number: int) -> str:
    if MISTAKE == "isoformat-with-offset":
        return moment.replace(tzinfo=UTC).isoformat()
    if MISTAKE == "no-fraction-now-and-then" and number % 5 == 0:
        return moment.replace(microsecond=0).isoformat() + "Z"
    return moment.isoformat(timespec="microseconds") + "Z"


def shown(row: Credentials) -> dict[str, Any]:
    return {
        "id": row.id,
        "status": "ACTIVE",
        "createdTime": written(row.created, row.number),
        "clientId": row.client_id,
        "username": row.username,
        "organizationCode": row.organization_code,
        "clientEnvironment": row.client_environment,
        "accessToken": row.access_token,
        "refreshToken": row.refresh_token,
        "leafUserId": row.user,
        "lastChecked": None,
    }


def row_of(database: Session, user: str) -> Credentials | None:
    return database.scalar(select(Credentials).where(Credentials.user == user))


def stored(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        if MISTAKE != "surrogates-500":
            raise HTTPException(422, "A text is not Unicode") from None
    if MISTAKE == "nfc":
        return unicodedata.normalize("NFC", text)
    if MISTAKE == "cut-at-255":
        return text[:255]
    return text


def checked_with_provider(sent: dict[str, str]) -> None:
    known = {
        k: os.environ.get(f"PANORAMA_{n}")
        for k, n in (("clientId", "CLIENT_ID"), ("username", "USERNAME"), ("password", "PASSWORD"))
    }
    if VARIANT == "provider" and any(sent[k] != v for k, v in known.items()):
        raise HTTPException(422, "The provider does not know these credentials")


def save(database: Session, user: str, sent: dict[str, str]) -> Credentials:
    global counter
    counter += 1
    checked_with_provider(sent)
    old = row_of(database, user)
    if old and VARIANT == "conflict":
        raise HTTPException(409, "There are credentials already")
    kept = {k: stored(v) for k, v in sent.items()}
    if old:
        database.delete(old)
        database.flush()
    row = Credentials(
        id=str(uuid.uuid4()),
        user=user,
        client_id=kept["clientId"],
        username=kept["username"],
        password=kept["password"],
        organization_code=kept.get("organizationCode", ""),
        refresh_token=kept.get("refreshToken", ""),
        access_token=uuid.uuid4().hex,
        client_environment=kept["clientEnvironment"],
        created=datetime.now(UTC).replace(tzinfo=None),
        number=counter,
    )
    database.add(row)
    database.add(Event(id=str(uuid.uuid4()), user=user, body='{"sub": "x"}', created=row.created))
    try:
        database.commit()
    except IntegrityError:
        if MISTAKE == "unique-username":
            raise HTTPException(409, "The user name is taken") from None
        raise
    return row


@functools.lru_cache
def remembered(user: str) -> dict[str, Any]:
    with Session(engine) as database:
        row = row_of(database, user)
        if row is None:
            raise HTTPException(404, "No credentials")
        return shown(row)


@api.get("/panorama-credentials")
def read(user: User, database: Database) -> Any:
    if MISTAKE == "cached-read":
        return remembered(user)
    row = row_of(database, user)
    if row is None:
        if VARIANT == "nulls":
            return dict.fromkeys(SHOWN)
        raise HTTPException(404, "No credentials")
    if VARIANT == "token-exchanged" and not row.refresh_token.startswith("exchanged-"):
        row.refresh_token = "exchanged-" + uuid.uuid4().hex
        row.access_token = uuid.uuid4().hex
        answer = shown(row)
        database.commit()
        return answer
    return shown(row)


async def by_hand(request: Request) -> dict[str, str]:
    body = json.loads(await request.body() or b"{}")
    if "clientId" not in body:
        raise HTTPException(422, "clientId is missing")
    names = list(Body.model_fields)
    return {k: body.get(k) for k in names}


Form = PartialBody if MISTAKE == "every-field-optional" else Body


def create(
    user: User,
    body: Form,  # type: ignore[valid-type]
    database: Database,
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Any:
    sent = {k: v if v is not None else "" for k, v in body.model_dump().items()}
    row = save(database, user, sent)
    if not authorised(given):
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    answer = shown(row)
    if MISTAKE == "password-after-post":
        answer["password"] = row.password
    if MISTAKE == "password-for-production" and row.client_environment == "PRODUCTION":
        answer["raw"] = json.dumps({"secret": row.password})
    return answer


if MISTAKE == "array-body-500":

    @api.post("/panorama-credentials", status_code=201)
    async def create_by_hand(user: User, request: Request, database: Database) -> Any:
        try:
            body = json.loads(await request.body())
        except ValueError:
            raise HTTPException(400, "No JSON") from None
        if missing := [k for k in Body.model_fields if k not in body.keys()]:  # noqa: SIM118
            raise HTTPException(422, f"{missing[0]} is missing")
        if any(not isinstance(body[k], str) for k in Body.model_fields):
            raise HTTPException(422, "Text is needed")
        if body["clientEnvironment"] not in ("STAGE", "PRODUCTION"):
            raise HTTPException(422, "clientEnvironment")
        return shown(save(database, user, {k: body[k] for k in Body.model_fields}))
else:
    api.post("/panorama-credentials", status_code=201)(create)


@api.delete("/panorama-credentials", status_code=204)
def remove(user: User, database: Database) -> Response:
    row = row_of(database, user)
    if row is None:
        raise HTTPException(404, "No credentials")
    if MISTAKE == "delete-by-client-id":
        database.execute(delete(Credentials).where(Credentials.client_id == row.client_id))
    else:
        database.delete(row)
    if MISTAKE != "no-cascade":
        database.execute(delete(Event).where(Event.user == user))
    database.commit()
    return Response(status_code=204)


@api.get("/panorama-credentials/events")
def events(user: User, database: Database) -> Any:
    every = select(Event).order_by(Event.created)
    rows = database.scalars(
        every if MISTAKE == "events-of-all" else every.where(Event.user == user)
    )
    return [
        {
            "id": e.id,
            "body": e.body,
            "headers": "content-type: application/json",
            "statusCode": 200,
            "createdDate": e.created.isoformat(timespec="microseconds") + "Z",
        }
        for e in rows
    ]


@api.post("/one-click-integration/Panorama")
def one_click(user: User, body: OneClick, database: Database, later: BackgroundTasks) -> Any:
    sent = body.model_dump()
    if VARIANT == "start-only":
        return {"signInUrl": "https://panorama.example/authorize?state=1"}
    if MISTAKE == "one-click-for-all":
        for other in USERS - {user}:
            if row := row_of(database, other):
                row.username, row.client_id = sent["username"], sent["clientId"]
    save(database, user, sent)
    return {"status": "CONNECTED"}


app.include_router(api)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
