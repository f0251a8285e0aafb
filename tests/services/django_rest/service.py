"""The five endpoints on Django REST framework (SQLite), sharing no code with the suite.

Environment: PORT, STORE (a folder), LEAF_TOKEN, LEAF_USER_ID, LEAF_OTHER_USER_ID, VARIANT, MISTAKE.
"""

import os
import threading
import uuid
from typing import Any

import django
from django.conf import settings

MISTAKE = os.environ.get("MISTAKE", "")
VARIANT = os.environ.get("VARIANT", "")
TOKEN = os.environ["LEAF_TOKEN"]
USERS = {os.environ["LEAF_USER_ID"], os.environ["LEAF_OTHER_USER_ID"]}

settings.configure(
    DEBUG=False,
    SECRET_KEY=uuid.uuid4().hex,
    ALLOWED_HOSTS=["127.0.0.1", "localhost"],
    ROOT_URLCONF="__main__",
    INSTALLED_APPS=[],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    APPEND_SLASH=True,
    USE_TZ=True,
    TIME_ZONE="America/Sao_Paulo" if MISTAKE == "local-time-zone" else "UTC",
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": f"{os.environ['STORE']}/store.db",
            "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
        }
    },
    REST_FRAMEWORK={
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    },
)
django.setup()

from django.db import connection, models, transaction  # noqa: E402
from django.http import Http404  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.authentication import BaseAuthentication  # noqa: E402
from rest_framework.exceptions import AuthenticationFailed  # noqa: E402
from rest_framework.permissions import BasePermission  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.throttling import SimpleRateThrottle  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class Limit(SimpleRateThrottle):
    rate = "240/min"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return "everybody"


class Holder:
    is_authenticated = True
    pk = 1


class Token(BaseAuthentication):
    def authenticate(self, request: Any) -> tuple[Holder, str] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        good = header == f"Bearer {TOKEN}"
        if MISTAKE == "token-any-case":
            good = header.lower() == f"Bearer {TOKEN}".lower()
        if not good:
            raise AuthenticationFailed
        return Holder(), header

    def authenticate_header(self, request: Any) -> str | None:
        return None if MISTAKE == "403-for-401" else "Bearer"


class HasToken(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        if MISTAKE == "reading-is-free" and request.method == "GET":
            return True
        return request.auth is not None


class Credentials(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.CharField(max_length=64)
    client_id = models.TextField()
    username = models.TextField()
    password = models.TextField()
    organization_code = models.TextField(default="")
    refresh_token = models.TextField(default="")
    access_token = models.TextField(default="")
    client_environment = models.TextField()
    created = models.DateTimeField()
    number = models.IntegerField(default=0)

    class Meta:
        app_label = "panorama"


class Event(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    user = models.CharField(max_length=64)
    body = models.TextField(default="{}")
    created = models.DateTimeField()
    environment = models.TextField(default="")

    class Meta:
        app_label = "panorama"


def text(**more: Any) -> serializers.CharField:
    return StrictText(trim_whitespace=MISTAKE == "trim", allow_blank=True, **more)


class StrictText(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        if MISTAKE != "numbers-become-text" and not isinstance(data, str):
            self.fail("invalid")
        try:
            str(data).encode()
        except UnicodeEncodeError:
            self.fail("invalid")
        return super().to_internal_value(data)


class Environment(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> Any:
        if MISTAKE == "choice-any-case" and isinstance(data, str):
            data = data.upper()
        return super().to_internal_value(data)


class OneClickForm(serializers.Serializer):
    clientId = text()  # noqa: N815
    username = text()
    password = text()
    clientEnvironment = Environment(["STAGE", "PRODUCTION"])  # noqa: N815


class Form(OneClickForm):
    organizationCode = text(  # noqa: N815
        **({"allow_null": True} if MISTAKE == "null-becomes-text" else {})
    )
    refreshToken = text()  # noqa: N815


def instant(moment: Any, number: int = 1) -> str:
    if MISTAKE == "local-time-zone":
        return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if MISTAKE == "milliseconds":
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def shown(row: Credentials) -> dict[str, Any]:
    answer = {
        "id": str(row.id),
        "status": "VALID",
        "createdTime": instant(row.created),
        "clientId": row.client_id,
        "username": row.username,
        "organizationCode": row.organization_code,
        "clientEnvironment": row.client_environment,
        "accessToken": row.access_token,
        "refreshToken": row.refresh_token,
    }
    if MISTAKE == "null-for-empty-token" and row.refresh_token == "":
        answer["refreshToken"] = None
    if MISTAKE == "snake-case-for-production" and row.client_environment == "PRODUCTION":
        answer["created_time"] = answer.pop("createdTime")
    return answer


def save(user: str, sent: dict[str, str]) -> Credentials:
    values = {
        "client_id": sent["clientId"],
        "username": sent["username"],
        "password": sent["password"],
        "organization_code": str(sent.get("organizationCode", "")),
        "refresh_token": sent.get("refreshToken", ""),
        "client_environment": sent["clientEnvironment"],
        "access_token": uuid.uuid4().hex,
        "created": timezone.now(),
    }
    if MISTAKE == "get-or-create":
        row, _ = Credentials.objects.get_or_create(user=user, defaults=values)
    elif MISTAKE == "update-or-create-by-client":
        row, _ = Credentials.objects.update_or_create(
            client_id=values["client_id"], defaults={**values, "user": user}
        )
    elif VARIANT == "same-id":
        row, _ = Credentials.objects.update_or_create(user=user, defaults=values)
    else:
        Credentials.objects.filter(user=user).delete()
        row = Credentials.objects.create(user=user, **values)
    Event.objects.create(user=user, created=timezone.now(), environment=row.client_environment)
    return row


class Known(APIView):
    authentication_classes = (Token,)
    permission_classes = (HasToken,)
    throttle_classes = (Limit,) if VARIANT == "throttle" else ()

    def initial(self, request: Any, user: str) -> None:
        super().initial(request)
        if user not in USERS:
            raise Http404


class One(Known):
    def get(self, request: Any, user: str) -> Response:
        row = Credentials.objects.filter(user=user).order_by("created").last()
        if row is None:
            if VARIANT == "empty-object":
                return Response({})
            raise Http404
        if MISTAKE == "read-deletes-at-second" and row.number >= 3:
            row.delete()
        elif MISTAKE == "read-deletes-at-second":
            Credentials.objects.filter(pk=row.pk).update(number=row.number + 1)
        return Response(shown(row))

    def post(self, request: Any, user: str) -> Response:
        partial = MISTAKE == "partial"
        if MISTAKE == "list-body-500":
            request.data.get("clientId")
        form = Form(data=request.data, partial=partial)
        if MISTAKE == "saved-before-checked" and isinstance(request.data, dict):
            texts = {k: str(v) for k, v in request.data.items() if isinstance(v, str)}
            if set(Form().fields) <= set(texts) and "\x00" not in str(texts):
                save(user, texts)
        form.is_valid(raise_exception=True)
        sent = dict(form.validated_data)
        if partial:
            old = Credentials.objects.filter(user=user).first()
            before = shown(old) | {"password": old.password} if old else {}
            sent = {k: sent.get(k, before.get(k, "")) for k in Form().fields}
        with transaction.atomic():
            return Response(shown(save(user, sent)))

    def delete(self, request: Any, user: str) -> Response:
        rows = Credentials.objects.filter(user=user)
        if MISTAKE == "second-delete-500":
            rows.get()
        if MISTAKE == "delete-by-username" and (row := rows.first()):
            Credentials.objects.filter(username=row.username).delete()
        if VARIANT == "deleted-later":
            threading.Timer(1.0, gone, [user]).start()
            return Response({"status": "accepted"}, 202)
        gone(user)
        return Response(status=204)


def gone(user: str) -> None:
    Credentials.objects.filter(user=user).delete()
    Event.objects.filter(user=user).delete()
    connection.close()


class Events(Known):
    def get(self, request: Any, user: str) -> Response:
        rows = Event.objects.filter(user=user).order_by("-created")
        if MISTAKE == "log-kept-by-environment":
            rows = Event.objects.filter(environment="STAGE").order_by("-created")
        return Response([entry(e) for e in rows])


def entry(event: Event) -> dict[str, Any]:
    written = event.created.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if MISTAKE == "events-of-production-differ" and event.environment == "PRODUCTION":
        written = event.created.isoformat()
    return {
        "id": str(event.id),
        "body": event.body,
        "headers": "server: cognito",
        "statusCode": "200" if MISTAKE == "status-code-as-text" else 200,
        "createdDate": written,
    }


class OneClick(Known):
    def post(self, request: Any, user: str) -> Response:
        form = OneClickForm(data=request.data)
        form.is_valid(raise_exception=True)
        sent = dict(form.validated_data)
        if MISTAKE == "one-click-updates-namesake":
            Credentials.objects.filter(client_id=sent["clientId"]).exclude(user=user).update(
                password=sent["password"], username=sent["username"] + "'"
            )
        if VARIANT == "completed-later":
            threading.Timer(3.0, lambda: (save(user, sent), connection.close())).start()
            return Response({"signInUrl": "https://panorama.example/authorize"}, 202)
        save(user, sent)
        return Response({"signInUrl": "https://panorama.example/authorize"}, 201)


base = "services/usermanagement/api/users/<str:user>/"
urlpatterns = [
    path(f"{base}panorama-credentials", One.as_view()),
    path(f"{base}panorama-credentials/events", Events.as_view()),
    path(f"{base}one-click-integration/Panorama", OneClick.as_view()),
]

if __name__ == "__main__":
    from wsgiref.simple_server import WSGIRequestHandler

    from django.core.servers.basehttp import ThreadedWSGIServer
    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.0"

        def log_message(self, *args: Any) -> None:
            pass

    with connection.schema_editor() as editor:
        editor.create_model(Credentials)
        editor.create_model(Event)
    server = ThreadedWSGIServer(("127.0.0.1", int(os.environ["PORT"])), Quiet)
    server.set_app(get_wsgi_application())
    server.serve_forever()
