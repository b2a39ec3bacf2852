"""The command line: `run()` is its entry point; every error ends as one sentence and an exit code."""

from __future__ import annotations

import codecs
import errno
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from entrepot import configuration
from entrepot.cli import exit_codes, usage
from entrepot.cli.symbols import replace_characters
from entrepot.configuration import ConfigurationError
from entrepot.language import catalogue, translate
from entrepot.model.errors import EntrepotError, LawError, PackError, SaleError, ScheduleError, StoreError, TradeError


def run() -> NoReturn:
    """Runs the command line and ends the process with its exit code."""
    codecs.register_error("plain", replace_characters)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")  # a character that the terminal cannot show is replaced
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Runs one command and returns its exit code.

    >>> main(["--version"])
    entrepot 0.1.0
    0
    """
    try:
        translate.use_language(_requested_language(arguments))
        from entrepot.cli.commands import build_command

        command = build_command(*arguments[:1])
        return int(command.main(args=list(arguments), prog_name="entrepot", standalone_mode=False) or 0)
    except exit_codes.ClosedPipe:
        return _end_closed_pipe()
    except KeyboardInterrupt:
        return exit_codes.INTERRUPTED
    except exit_codes.Stop as stop:
        return _report(stop, arguments)
    except EntrepotError as error:
        return _report(stop_for_error(error), arguments)
    except Exception as error:  # noqa: BLE001  # the outermost handler: a sentence in place of a traceback
        return _report(_stop_for_other_error(error), arguments)


def stop_for_error(error: EntrepotError) -> exit_codes.Stop:
    """The exit code and the message of an Entrepot error."""
    if isinstance(error, SaleError):
        return exit_codes.stop_for_sale_error(error, error.param)
    if isinstance(error, TradeError):
        said = translate.error_text(error)
        return exit_codes.Stop(exit_codes.REFUSED, error.code, error.message, error.param, said)
    if isinstance(error, PackError):
        first, more = error.faults[0], len(error.faults) - 1
        sentence = translate._("A pack has an error: {fault}").format(fault=first)
        if more:
            sentence += " " + translate._("More errors: {n}. `entrepot packs check` prints all.").format(n=more)
        return exit_codes.Stop(exit_codes.PACK_FAULTS, "pack_faults", sentence)
    if isinstance(error, ScheduleError):
        return exit_codes.Stop(exit_codes.PACK_FAULTS, "schedule_fault", str(error))
    if isinstance(error, StoreError):
        return exit_codes.Stop(exit_codes.NOT_WRITTEN, "no_store", str(error))
    if isinstance(error, ConfigurationError):
        return exit_codes.Stop(exit_codes.USAGE, "configuration", str(error), said=translate.error_text(error))
    code = exit_codes.NO_LAW if isinstance(error, LawError) else exit_codes.INVALID_SALE
    return exit_codes.Stop(code, "no_law", str(error), said=translate.error_text(error))


def _stop_for_other_error(error: Exception) -> exit_codes.Stop:
    """The exit code and the message of a usage error of typer, or of a defect in Entrepot, without a traceback."""
    if hasattr(error, "format_message"):
        return exit_codes.Stop(exit_codes.USAGE, "usage", usage.sentence(error))
    if type(error).__name__ == "Abort":
        return exit_codes.Stop(exit_codes.INTERRUPTED, "interrupted", translate._("Interrupted."))
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        # No path of Entrepot itself is that long: it is one that the user named, in any command.
        return exit_codes.too_long_path(error)
    if configuration.traceback(os.environ):
        raise error
    message = translate._("Internal error ({kind}: {why}). Set ENTREPOT_TRACEBACK=1 for the traceback, and report it.")
    return exit_codes.Stop(
        exit_codes.INTERNAL_ERROR, "fault", message.format(kind=type(error).__name__, why=str(error)[:300])
    )


def _report(stop: exit_codes.Stop, arguments: Sequence[str]) -> int:
    try:
        if "--json" in arguments:
            exit_codes.put_json(stop.envelope())
        else:
            exit_codes.put_error(stop)
    except exit_codes.ClosedPipe:
        return _end_closed_pipe()
    except exit_codes.Stop:  # standard output cannot be written: report it on standard error
        exit_codes.put_error(stop)
    try:
        sys.stdout.flush()
    except OSError:  # Python would try again when it ends, and end with a code of its own
        _discard_output()
    return stop.exit_code


def _requested_language(arguments: Sequence[str]) -> str:
    """The language of `--lang`, read before parsing so that the help has it too; else the user's language."""
    for position, word in enumerate(arguments):
        if word == "--lang":
            return catalogue.language_of(next(iter(arguments[position + 1 : position + 2]), None)) or "en"
        if word.startswith("--lang="):
            return catalogue.language_of(word[7:]) or "en"
    return catalogue.language_of_user()


def _end_closed_pipe() -> int:
    """The reader closed the pipe: write nothing more, also not when Python flushes at exit."""
    _discard_output()
    return exit_codes.CLOSED_PIPE


def _discard_output() -> None:
    """Sends what standard output still holds, and what follows, to the null device."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
