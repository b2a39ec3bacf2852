"""The web side of a sandbox: Django without its database, with a notice on every answer.

Django brings sessions, CSRF protection, templates that escape, limits of forms and the check of host names, which keeps
web pages of other sites from reaching the loopback under a name of their own.
"""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import django
import msgspec
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig
from django.core.wsgi import get_wsgi_application
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, re_path
from django.views.decorators.csrf import csrf_exempt

from entrepot.sandbox.switches import Switches

LOG = logging.getLogger("entrepot.sandbox")
#: Bytes of a request.
MAX_BODY = 16 << 20
#: The header that carries the notice.
NOTICE_HEADER = "Entrepot-Sandbox"
#: The policy of pages: their own style sheet and forms, nothing else.
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

View = Callable[..., HttpResponse]


class Site(NamedTuple):
    """What a sandbox serves. `notice`: on every answer; `folder`: of the sandbox; `templates`: of its pages, if any."""

    name: str
    notice: str
    secret: str
    hosts: tuple[str, ...]
    urls: tuple[URLPattern, ...]
    templates: Path | None = None
    session_age: int = 8 * 3600


class ApiError(Exception):
    """An error of a request, as the API answers it."""

    def __init__(self, status: int, code: str, message: str, param: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param


def application(site: Site, switches: Callable[[], Switches]) -> Callable[..., Any]:
    """The WSGI application of a site. Only one per process: Django's settings are those of the process."""
    settings.configure(
        SECRET_KEY=site.secret,
        DEBUG=False,
        ALLOWED_HOSTS=["127.0.0.1", "localhost", "[::1]", *site.hosts],
        ROOT_URLCONF=(*site.urls, re_path("", _not_found)),
        APPEND_SLASH=False,
        DATABASES={},
        INSTALLED_APPS=[],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",  # refuses other host names
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.middleware.clickjacking.XFrameOptionsMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "DIRS": [site.templates] if site.templates else [],
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.csrf",
                        "entrepot.sandbox.page_language.page_context",
                    ],
                    "builtins": ["entrepot.sandbox.page_language"],
                },
            }
        ],
        # The passwords are random texts of 96 bits: a slow hash would only make the sign-in slow.
        PASSWORD_HASHERS=["django.contrib.auth.hashers.ScryptPasswordHasher"],
        # Sandboxes on one machine share its cookies: a port does not separate them, a name does.
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        SESSION_COOKIE_NAME=f"entrepot_sandbox_{site.name}",
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_AGE=site.session_age,
        CSRF_COOKIE_NAME=f"entrepot_sandbox_{site.name}_csrf",
        CSRF_COOKIE_HTTPONLY=True,
        CSRF_COOKIE_SAMESITE="Strict",
        SECURE_REFERRER_POLICY="same-origin",
        X_FRAME_OPTIONS="DENY",
        DATA_UPLOAD_MAX_MEMORY_SIZE=MAX_BODY,
        USE_TZ=True,
        USE_I18N=False,
        LOGGING=_LOGGING,
    )
    django.setup()
    return _answering(get_wsgi_application(), site, switches)


_LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"out": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    # A client could write any path or host name into the log.
    "loggers": {"django.request": {"level": "CRITICAL"}, "django.security": {"level": "CRITICAL"}},
}


def _answering(inner: Callable[..., Any], site: Site, switches: Callable[[], Switches]) -> Callable[..., Any]:
    """Add the notice to every answer, and apply the switches to what a counterpart asks."""
    notice = [(NOTICE_HEADER, site.notice), ("Content-Security-Policy", POLICY), ("Cache-Control", "no-store")]

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        def start_with_notice(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start(status, [*headers, *notice], *more)

        if environ.get("HTTP_TRANSFER_ENCODING"):
            return _plain(start_with_notice, "411 Length Required", "Send the length of the body (Content-Length).")
        if not environ["PATH_INFO"].startswith(("/control", "/officer", "/style")):
            now = switches()
            time.sleep(now.slow)
            if now.absent:
                return _plain(start_with_notice, "503 Service Unavailable", "The sandbox is switched to be absent.")
            if now.wrong:
                return _plain(start_with_notice, "200 OK", "\x00\x01 this is not an answer <<<")
        return inner(environ, start_with_notice)

    return answer


def _plain(start: Callable[..., Any], status: str, text: str) -> list[bytes]:
    body = text.encode()
    start(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]


@csrf_exempt
def _not_found(request: HttpRequest) -> HttpResponse:
    return error_answer(ApiError(404, "not_found", f"There is nothing at {request.path[:200]}."))


def json_answer(value: Any, status: int = 200) -> HttpResponse:
    """An answer of JSON."""
    return HttpResponse(msgspec.json.encode(value), content_type="application/json", status=status)


def endpoint(token: str | None = None, **methods: View) -> View:
    """A view of the API: one function for each HTTP method. With a `token`, only for those who send it.

    It reads no cookies: a page of another site cannot use the session of a browser, so CSRF protection is not needed.
    """
    allowed = [name.upper() for name in methods]

    def view(request: HttpRequest, **values: str) -> HttpResponse:
        try:
            if token is not None and not _has_token(request, token):
                raise ApiError(401, "no_token", "Send the token of the sandbox: Authorization: Bearer TOKEN.")
            if request.method not in allowed:
                raise ApiError(405, "method", f"{request.method} is not allowed here. Use {' or '.join(allowed)}.")
            return methods[str(request.method).lower()](request, **values)
        except ApiError as error:
            return error_answer(error)
        except RequestDataTooBig:
            return error_answer(ApiError(413, "too_large", f"A request has at most {MAX_BODY >> 20} MB."))
        except (BadRequest, PermissionDenied, Http404):
            raise
        except Exception:
            LOG.exception("A request failed.")
            return error_answer(ApiError(500, "internal", "The sandbox failed; its log has the details."))

    return csrf_exempt(view)


def error_answer(error: ApiError) -> HttpResponse:
    """An error as JSON, in the shape of the node's own errors."""
    kind = "api_error" if error.status >= 500 else "invalid_request"
    found = {"type": kind, "code": error.code, "message": error.message} | (
        {"param": error.param} if error.param else {}
    )
    return json_answer({"error": found}, error.status)


def read_json(request: HttpRequest, kind: Any = dict[str, Any]) -> Any:
    """The body of a request. Raises ApiError. Only JSON is read: a form of another site cannot send it unasked."""
    if request.content_type != "application/json":
        raise ApiError(415, "content_type", "Send JSON with Content-Type: application/json.")
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.ValidationError as error:
        raise ApiError(422, "invalid", f"{error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError(400, "not_json", f"The body is not JSON: {error}.") from None


def page_of(request: HttpRequest, most: int = 100) -> tuple[int, str]:
    """`limit` (at most 100, by default 20) and `starting_after` of a list. Raises ApiError."""
    text = request.GET.get("limit", "20")
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= most):
        raise ApiError(422, "invalid", f"limit must be a whole number from 1 to {most}.", "limit")
    return int(text), request.GET.get("starting_after", "")


def _has_token(request: HttpRequest, token: str) -> bool:
    given = str(request.headers.get("Authorization", ""))
    return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def list_answer(data: Sequence[Any], *, has_more: bool) -> HttpResponse:
    """A list, in the shape of the node's own lists."""
    return json_answer({"object": "list", "data": list(data), "has_more": has_more})
