"""The commands `serve`, `admin` and `sandbox`: start a program of their own, which checks its settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, NoReturn

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.model.errors import in_quotes, meant

HOST, PORT = "127.0.0.1", 8000
MAX_WORKERS, MAX_BACKGROUND = 64, 8


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot serve`: the server replaces this process. Raises Stop if it cannot start."""
    host = arguments["host"] or HOST
    port = whole_number(arguments["port"], "--port", 65_535) or PORT
    workers = whole_number(arguments["workers"], "--workers", MAX_WORKERS)
    none = arguments["background"] == "0"
    background = 0 if none else whole_number(arguments["background"], "--background", MAX_BACKGROUND) or 1
    words = ["--host", host, "--port", str(port), "--background", str(background)]
    _replace_process("entrepot.web", *words, *(("--workers", str(workers)) if workers else ()))


def create_admin(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot admin NAME`."""
    more = ("--reset-two-factor",) if arguments["reset_two_factor"] else ()
    _replace_process("entrepot.web.site.create_admin", arguments["name"], *more)


def run_sandbox(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot sandbox NAME [OPTIONS]`: the sandbox replaces this process and reads the words itself."""
    _replace_process("entrepot.sandbox", *arguments["context"].args)


def whole_number(text: str | None, option: str, maximum: int) -> int | None:
    """The whole number of an option, from 1 to `maximum`; None if it is not given. Raises Stop."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= maximum):
        message = _("{option} must be a whole number from 1 to {most}, not {text}.")
        raise Stop(
            exit_codes.USAGE, "invalid", message.format(option=option, most=maximum, text=in_quotes(text)), option
        )
    return int(text)


def known_word(text: str, option: str, known: Sequence[str]) -> str:
    """The word of an option that has only these. Raises Stop.

    >>> known_word("exports", "--flow", ("exports", "imports"))
    'exports'
    """
    if text not in known:
        message = _("{word} is not a value of {option}. Use {known}.")
        said = message.format(word=in_quotes(text), option=option, known=", ".join(known)) + meant(text, known, _)
        raise Stop(exit_codes.USAGE, "unknown_value", said, option)
    return text


def _replace_process(module: str, *words: str) -> NoReturn:
    """Replaces this process by a module that needs what the server needs, with the current language. Raises Stop."""
    for needed in ("django", "ninja", "granian", "prometheus_client", "whitenoise"):
        if find_spec(needed) is None:
            message = _("The web server needs {name}. Run: pip install 'entrepot[server]'.").format(name=needed)
            raise Stop(exit_codes.USAGE, "not_installed", message)
    sys.stdout.flush()
    os.environ["ENTREPOT_LANG"] = translate.current_language()
    os.execv(sys.executable, [sys.executable, "-m", module, *words])  # noqa: S606  # this Python, without a shell
