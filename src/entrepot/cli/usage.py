"""Errors of a command line that typer finds, in the reader's language: typer has them in English only."""

from __future__ import annotations

import re
from typing import Any

from entrepot.language.translate import N_, _

#: What the option is called that somebody looked for under the name of the field, or of a similar program.
CALLED = {
    "--date": "--on",
    "--day": "--on",
    "--code": "--hs",
    "--hs-code": "--hs",
    "--price": "--amount",
    "--value": "--amount",
    "--destination": "--to",
    "--country": "--to",
    "--language": "--lang",
    "--output": "--out",
}
#: What somebody looks for among the commands that is a page of the web server.
ON_PAGES = frozenset(
    {"basket", "baskets", "cart", "checkout", "market", "offer", "offers", "order", "orders", "pavilions"}
)
#: The most commands that an error lists.
MOST_COMMANDS = 12
#: How typer writes an error, and the same sentence with its values by name.
_SENTENCES = tuple(
    (re.compile(pattern, re.DOTALL), text)
    for pattern, text in (
        (
            r"No such command '(?P<word>.*)'\. Did you mean (?P<near>.*)\?",
            N_("No such command '{word}'. Did you mean {near}?"),
        ),
        (r"No such command '(?P<word>.*)'\.", N_("No such command '{word}'.")),
        (
            r"No such option: (?P<word>.*) \(Possible options: (?P<near>.*)\)",
            N_("No such option: {word} (Possible options: {near})"),
        ),
        (r"No such option: (?P<word>.*)", N_("No such option: {word}")),
        (r"Missing command\.", N_("Missing command.")),
        (r"Missing argument '(?P<word>.*)'\.", N_("Missing argument '{word}'.")),
        (r"Missing option '(?P<word>.*)'\.", N_("Missing option '{word}'.")),
        (r"Option '(?P<word>.*)' requires an argument\.", N_("Option '{word}' requires an argument.")),
        (r"Option '(?P<word>.*)' does not take a value\.", N_("Option '{word}' does not take a value.")),
        (r"Got unexpected extra argument(?:s|\(s\))? \((?P<word>.*)\)", N_("Got unexpected extra argument ({word})")),
        (r"Invalid value for '(?P<word>.*)': (?P<near>.*)", N_("Invalid value for '{word}': {near}")),
    )
)


def in_language(message: str) -> str:
    """A message of typer in the reader's language; one that is not known stays in English.

    >>> from entrepot.language.translate import speaking
    >>> with speaking("vi"):
    ...     in_language("No such option: --colour")
    'Không có tùy chọn này: --colour'
    >>> in_language("Something else.")
    'Something else.'
    """
    for pattern, text in _SENTENCES:
        if found := pattern.fullmatch(message):
            return _(text).format(**found.groupdict())
    return message


def sentence(error: Exception) -> str:
    """What is wrong with a command line and what to do, from the error of typer."""
    _suggest_option(error)
    context, message = getattr(error, "ctx", None), str(error.format_message())  # type: ignore[attr-defined]  # typer's
    said = in_language(message) if message else _("No command given. `entrepot --help` lists the commands.")
    if found := re.match(r"No such command '(\w+)'", message):
        said = _on_pages(found[1], context) or said
    stop = "" if said.endswith((".", "?", "!", "。", "។")) else "."
    see = _("See `{command} --help`.").format(command=context.command_path if context is not None else "entrepot")
    return " ".join(filter(None, (f"{said}{stop}", _missing_help(error), _commands(message, context), see)))


def _suggest_option(error: Exception) -> None:
    """Let the error of an unknown option name the one that is meant, where the command has it."""
    meant = CALLED.get(getattr(error, "option_name", ""))
    command = getattr(getattr(error, "ctx", None), "command", None)
    if meant and any(meant in each.opts for each in getattr(command, "params", ())):
        error.possibilities = [meant]  # type: ignore[attr-defined]  # click's NoSuchOption


def _on_pages(word: str, context: Any) -> str:
    """The error of a first word that is a page of the web server and no command; empty for another one."""
    if word.lower() not in ON_PAGES or getattr(context, "parent", None) is not None:
        return ""
    return _("'{word}' is not a command: it is a page of the web server. Start that with `entrepot serve`.").format(
        word=word
    )


def _missing_help(error: Exception) -> str:
    """What an argument is that is missing, in the words of its help; empty for another error."""
    if type(error).__name__ != "MissingParameter":
        return ""
    return str(getattr(getattr(error, "param", None), "help", None) or "")


def _commands(message: str, context: Any) -> str:
    """The commands of a group that was called without one, or with one that it does not have."""
    commands = getattr(getattr(context, "command", None), "commands", None)
    if not commands or len(commands) > MOST_COMMANDS or not message.startswith(("Missing command", "No such command")):
        return ""
    return _("Commands: {names}.").format(names=", ".join(commands))
