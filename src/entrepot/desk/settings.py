"""settings: how the desk stands. Everything that a house may want otherwise is a variable of its environment.

ENTREPOT_DATA        where schedules, the database and files that were handed in are kept
ENTREPOT_DATABASE    postgresql://… or sqlite:///…; without it SQLite in the data folder
ENTREPOT_SECRET      what signs sessions; without it one is made and kept in the data folder
ENTREPOT_HOSTS       the names that the desk answers to, by spaces; without it this machine only
ENTREPOT_HTTPS       1 where a proxy in front speaks HTTPS: cookies and redirects follow
ENTREPOT_KEYS        required: no API without a key; without it quotes may be asked for without one, at a low rate
ENTREPOT_TABLE_ROWS  how many rows a table may have; 20,000,000 where nobody says
ENTREPOT_TABLE_BYTES how large a file may be that is handed in, 256 MB; ENTREPOT_TABLES_BYTES all of them, 20 GB
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from entrepot.desk.clock import zone
from entrepot.locale import LANGUAGES as OURS
from entrepot.pack.layers import data_folder
from entrepot.store.databases import database

HERE = Path(__file__).parent
DATA = data_folder() or Path("entrepot-data").absolute()
DATA.mkdir(parents=True, exist_ok=True)


def _secret(folder: Path) -> str:
    """The secret that is kept in a folder, made at the first start; nobody else on the machine may read it."""
    file = folder / "secret"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(50))
    return file.read_text()


SECRET_KEY = os.environ.get("ENTREPOT_SECRET") or _secret(DATA)
HTTPS = os.environ.get("ENTREPOT_HTTPS") == "1"
KEYS_REQUIRED = os.environ.get("ENTREPOT_KEYS") == "required"
DEBUG = False
ALLOWED_HOSTS = os.environ.get("ENTREPOT_HOSTS", "127.0.0.1 localhost [::1]").split()
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if "*" not in host] if HTTPS else []

ROOT_URLCONF = "entrepot.desk.urls"
WSGI_APPLICATION = "entrepot.desk.wsgi.application"
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "ninja",
    "entrepot.store",
    "entrepot.desk",
]
MIDDLEWARE = [
    "entrepot.desk.doorstep.doorstep",
    "entrepot.desk.compression.Compression",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "entrepot.desk.ofpages.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "entrepot.desk.ofpages.SignedIn",
    "entrepot.desk.ofpages.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "entrepot.desk.reader.reader",
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
                "entrepot.desk.reader.around",
            ],
        },
    }
]

DATABASES = {"default": database(os.environ.get("ENTREPOT_DATABASE"), DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

#: Django's own words (the admin) in the reader's language, where it has them; ours come from our catalogues.
LANGUAGE_CODE = "en"
LANGUAGES = [({"zh": "zh-hans"}.get(code, code), name) for code, name in OURS.items()]
USE_I18N = True
USE_TZ = True
#: Django makes it the zone of the process: a sale without a date is answered by the law of this day.
TIME_ZONE = zone(os.environ)

STATIC_URL = "static/"
STATICFILES_DIRS = [HERE / "static"]
#: Files are served from where they lie in the packages: there is no step of building.
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

#: Bytes of a body that are taken into memory; tables are streamed.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
FILE_UPLOAD_DIR = DATA / "handed-in"
FILE_UPLOAD_HANDLERS = [
    "entrepot.desk.uploads.Bounded",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
#: Bytes that one request may hand in, and of all tables that lie here.
TABLE_BYTES = int(os.environ.get("ENTREPOT_TABLE_BYTES", str(256 << 20)))
TABLES_BYTES = int(os.environ.get("ENTREPOT_TABLES_BYTES", str(20 << 30)))
#: Rows of a table that are answered at once.
TABLE_ROWS = int(os.environ.get("ENTREPOT_TABLE_ROWS", "20000000"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "entrepot.desk.logs.Lines"}},
    "handlers": {"out": {"class": "entrepot.desk.logs.Gathered", "formatter": "line"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
    "loggers": {
        "entrepot": {"level": "INFO"},
        # What was not found, or not allowed, is told by the line of the request, and a fault by its own: Django would
        # write the address too, and who has the address of a quote has the quote.
        "django.request": {"level": "CRITICAL"},
        "django.security": {"level": "ERROR"},
        # Whoever calls the desk by another name would write what he likes into the log, with a traceback beside it.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
