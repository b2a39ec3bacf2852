"""desk_options: what may be typed with `serve`, `admin` and `keys`, as tables."""

from __future__ import annotations

from entrepot.cli.options import LANG, PLAIN, Option
from entrepot.language.translate import N_

DESK = N_("The desk")
KEY = N_("The key")
#: As `store.keys` has them; not imported from there, so that a quote starts fast.
SCOPES = ("quotes", "batch", "law")

SERVE = (
    Option("host", ("--host",), N_("The address to answer at; 127.0.0.1 is this machine alone."), DESK, "ADDRESS"),
    Option("port", ("--port",), N_("The port; 8000 if not given."), DESK, "NUMBER"),
    Option("workers", ("--workers",), N_("How many processes; else one for each core, at most four."), DESK, "NUMBER"),
    LANG,
)
ADMIN = (
    Option("name", (), N_("The name to sign in with."), metavar="NAME", kind="needed"),
    LANG,
)
CREATE = (
    Option("name", (), N_("What it is for, such as the name of a shop."), metavar="NAME", kind="needed"),
    Option("scopes", ("--scope",), N_("What it allows. May be repeated."), KEY, "|".join(SCOPES), "many", words=SCOPES),
    Option("per_minute", ("--per-minute",), N_("How many calls a minute; 6000 if not given."), KEY, "NUMBER"),
    *PLAIN,
)
LISTING = (Option("context", (), "", kind="context"), *PLAIN)
REVOKE = (Option("name", (), N_("A key, by its id."), metavar="ID", kind="needed"), *PLAIN)
