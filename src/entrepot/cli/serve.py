"""serving: the commands `serve` and `admin`: they start the program of the server, which checks its settings itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, NoReturn

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.language import translate
from entrepot.language.translate import _

HOST, PORT = "127.0.0.1", 8000
MOST_WORKERS = 64


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot serve`: this process becomes the desk. Raises Stop where it cannot stand."""
    host = given["host"] or HOST
    port = whole(given["port"], "--port", 65_535) or PORT
    workers = whole(given["workers"], "--workers", MOST_WORKERS)
    _become("entrepot.web", "--host", host, "--port", str(port), *(("--workers", str(workers)) if workers else ()))


def administrator(given: Mapping[str, Any]) -> int:
    """Answers `entrepot admin NAME`."""
    _become("entrepot.web.site.create_admin", given["name"])


def whole(text: str | None, option: str, most: int) -> int | None:
    """The whole number of an option, from 1; None where it was not given. Raises Stop."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        message = _("{option} is a whole number from 1 to {most}, not {text}.")
        raise Stop(exit_codes.USAGE, "invalid", message.format(option=option, most=most, text=repr(text)), option)
    return int(text)


def _become(module: str, *words: str) -> NoReturn:
    """Runs a module of the desk in the place of this process, in the language that is spoken here."""
    for needed in ("django", "ninja", "granian", "prometheus_client", "whitenoise"):
        if find_spec(needed) is None:
            message = _("The desk needs {name}: pip install 'entrepot[desk]'.").format(name=needed)
            raise Stop(exit_codes.USAGE, "not_installed", message)
    sys.stdout.flush()
    os.environ["ENTREPOT_LANG"] = translate.spoken()
    os.execv(sys.executable, [sys.executable, "-m", module, *words])  # noqa: S606  # our own Python, no shell
