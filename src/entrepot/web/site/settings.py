"""Django's settings of the server, from the values that `entrepot.configuration` reads and checks.

The variables are described in docs/reference/web-server.md.
"""

from __future__ import annotations

import os
from pathlib import Path

from entrepot import configuration, mail_settings, socket_settings
from entrepot.language.catalogue import LANGUAGES as CATALOGUES
from entrepot.store.databases import database_settings

HERE = Path(__file__).parents[1]
GIVEN = configuration.read_server(os.environ)
#: The SMTP server, the sender and the address that links have (`connect.mail`).
MAIL = mail_settings.read_mail(os.environ)
#: Where browsers reach the socket process (`web.live.sockets`).
SOCKETS = socket_settings.read_sockets(os.environ)
DATA = configuration.make_folder("ENTREPOT_DATA", GIVEN.data)

SECRET_KEY = configuration.read_secret(GIVEN)
HTTPS = GIVEN.https
KEYS_REQUIRED = GIVEN.keys_required
#: Whether webhooks may be sent to this machine, over plain HTTP, as in development.
WEBHOOKS_LOOPBACK = GIVEN.webhooks_loopback
#: Networks from which X-Forwarded-For and X-Forwarded-Proto are accepted (`web.http.proxies`).
PROXIES = GIVEN.proxies
DEBUG = False
ALLOWED_HOSTS = list(GIVEN.hosts)
CSRF_TRUSTED_ORIGINS = [
    f"https://*{host}" if host.startswith(".") else f"https://{host}" for host in ALLOWED_HOSTS if HTTPS and host != "*"
]

ROOT_URLCONF = "entrepot.web.site.urls"
WSGI_APPLICATION = "entrepot.web.site.wsgi.application"
INSTALLED_APPS = [
    "entrepot.web.site.apps.OperatorAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_tasks",
    "django_tasks_db",
    "ninja",
    "entrepot.store",
    "entrepot.web.site.apps.WebConfig",
]
MIDDLEWARE = [
    "entrepot.web.http.middleware.request_middleware",
    "entrepot.web.http.cross_origin.cross_origin",
    "entrepot.web.http.compression.Compression",
    "entrepot.web.http.proxies.forwarded_scheme",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "entrepot.web.http.page_middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "entrepot.web.http.page_middleware.Authentication",
    "entrepot.web.http.page_middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "entrepot.web.http.page_language.language_middleware",
]
#: What requests of the API and messages of nodes pass instead (`web.http.handler`).
API_MIDDLEWARE = [
    "entrepot.web.http.middleware.request_middleware",
    "entrepot.web.http.cross_origin.cross_origin",
    "entrepot.web.http.compression.Compression",
    "entrepot.web.http.proxies.forwarded_scheme",
    "entrepot.web.http.api_middleware.api_middleware",
    "entrepot.web.http.page_language.language_middleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "entrepot.web.http.page_language.page_context",
                "entrepot.web.pages.navigation.navigation_context",
            ],
        },
    }
]

DATABASES = {"default": database_settings(GIVEN.database, DATA)}
#: Jobs, which the background workers run (`store.background`).
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: Django's own texts (the administration site) in the language of the page; other texts are in Entrepot's catalogues.
LANGUAGE_CODE = "en"
LANGUAGES = [({"zh": "zh-hans"}.get(code, code), name) for code, name in CATALOGUES.items()]
USE_I18N = True
USE_TZ = True
#: Django makes it the time zone of the process: a sale without a date gets the law of today in this zone.
TIME_ZONE = GIVEN.time_zone

STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static", HERE.parent / "connect" / "documents" / "style"]
#: Static files are served from the packages: there is no build step.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

#: Bytes of a request body in memory; tables are streamed.
CSRF_FAILURE_VIEW = "entrepot.web.http.error_pages.form_refused"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
FILE_UPLOAD_DIR = DATA / "handed-in"
FILE_UPLOAD_HANDLERS = [
    "entrepot.web.tables.upload_limits.SizeLimit",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
#: Bytes of one upload, and of all stored tables and results.
TABLE_BYTES = GIVEN.table_bytes
TABLES_BYTES = GIVEN.tables_bytes
#: The most rows of a table.
TABLE_ROWS = GIVEN.table_rows

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "entrepot.web.process.logs.JsonFormatter"}},
    "handlers": {"out": {"class": "entrepot.web.process.logs.BufferedHandler", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "entrepot": {"level": "INFO"},
        # The log has a line for each request and each error. Django would also log the URL, and the URL of a
        # quote is enough to read it.
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "ERROR"},
        # A client could write any host name into the log, with a traceback.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        # A form that is too large: the client is told, and its request is in the log.
        "django.security.RequestDataTooBig": {"level": "CRITICAL"},
    },
}
