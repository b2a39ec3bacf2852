"""commands: what can be typed, and where it goes. Texts are translated when the command line is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import typer

from entrepot.cli import batch_options, compare_options, exit_codes, options, schedule_options, server_options
from entrepot.language import catalogue, translate
from entrepot.language.translate import _


def command() -> Any:
    """The command line, in the language that is spoken."""
    app = _group(
        _("What a cross-border sale costs in the end, by every lawful way in, with the law behind each figure."),
        completion=True,
    )
    app.callback(invoke_without_command=True)(options.wired(_root, options.ROOT))
    quote = _("What a sale costs: options for one line, or a file of JSON.")
    app.command("quote", help=quote, epilog=_epilog())(options.wired(_to("quote", "answer"), options.QUOTE))
    batch = _("A table of sales, each row with its answer: CSV, JSON lines, Parquet or Arrow.")
    app.command("batch", help=batch)(options.wired(_to("batch", "answer"), batch_options.BATCH))
    compare = _("A table under the law as it is and under a supposed one: what changes, and for whom.")
    app.command("compare", help=compare)(options.wired(_to("compare", "answer"), compare_options.COMPARE))
    law = _("Every row of law in force for a code, or what changes between two days.")
    app.command("law", help=law)(options.wired(_to("law", "answer"), options.LAW))
    goods = _("Goods and their codes: by words, or by the beginning of a code.")
    app.command("goods", help=goods)(options.wired(_to("goods", "answer"), options.GOODS))
    packs = _group(_("Which law there is, how far it can be trusted, and the check of your own."))
    packs.callback(invoke_without_command=True)(options.wired(_packs, options.LISTING))
    show, check = (
        _("What one pack holds and is known not to say."),
        _("Every fault of packs, with file, row, column and the way out."),
    )
    packs.command("show", help=show)(options.wired(_to("packs", "show"), options.SHOW))
    packs.command("check", help=check)(options.wired(_to("packs", "check"), options.CHECK))
    app.add_typer(packs, name="packs")
    app.add_typer(_schedules(), name="schedule")
    serve = _("The desk: the HTTP API and the pages, on this machine until you say otherwise.")
    app.command("serve", help=serve)(options.wired(_to("serve", "answer"), server_options.SERVE))
    admin = _("An administrator of the desk: makes one, or gives one a new password.")
    app.command("admin", help=admin)(options.wired(_to("serve", "administrator"), server_options.ADMIN))
    app.add_typer(_keys(), name="keys")
    demo = _("Three sales, each to a consumer and to a business.")
    app.command("demo", help=demo)(options.wired(_to("demo", "answer"), options.OUTPUT))
    return typer.main.get_command(app)


def _schedules() -> typer.Typer:
    """The commands of `schedule`."""
    group = _group(_("Official schedules that you keep: with them a quote knows every line."))
    group.callback(invoke_without_command=True)(options.wired(_schedule, schedule_options.LISTING))
    for name, to, wanted, says in (
        ("add", ("schedule", "add"), schedule_options.ADD, _("Read, check and keep the files of a schedule.")),
        ("get", ("schedule_get", "answer"), schedule_options.GET, _("Fetch the authority's own file, and add it.")),
        ("list", ("schedule", "listing"), options.OUTPUT, _("Which schedules are kept.")),
        ("show", ("schedule", "show"), schedule_options.SHOW, _("What one schedule holds.")),
        ("diff", ("schedule_diff", "answer"), schedule_options.DIFF, _("Which rates differ between two.")),
        ("remove", ("schedule", "take_away"), schedule_options.REMOVE, _("Take a schedule away.")),
    ):
        group.command(name, help=says)(options.wired(_to(*to), wanted))
    return group


def _keys() -> typer.Typer:
    """The commands of `keys`."""
    group = _group(_("Keys of the API: who may ask the desk, and for what."))
    group.callback(invoke_without_command=True)(options.wired(_key_list, server_options.LISTING))
    for name, to, wanted, says in (
        ("create", "create", server_options.CREATE, _("Make a key; its text is shown once.")),
        ("list", "listing", options.PLAIN, _("Which keys there are.")),
        ("revoke", "revoke", server_options.REVOKE, _("Take a key out of force.")),
    ):
        group.command(name, help=says)(options.wired(_to("keys", to), wanted))
    return group


def _group(help_text: str, *, completion: bool = False) -> typer.Typer:
    return typer.Typer(
        help=help_text,
        epilog=_epilog() if completion else None,
        add_completion=completion,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _epilog() -> str:
    meanings = "\n\n".join(f"{code}  {_(meaning)}" for code, meaning in exit_codes.MEANINGS.items())
    return f"{_('Exit codes:')}\n\n{meanings}"


def _to(module: str, function: str) -> Callable[[dict[str, Any]], int]:
    """Where a command goes; imported when it is called, after the language is set."""

    def go(given: dict[str, Any]) -> int:
        speak(given)
        return int(getattr(import_module(f"entrepot.cli.{module}"), function)(given))

    return go


def speak(given: Mapping[str, Any]) -> None:
    """The language that a command was given."""
    if (asked := given.get("lang")) is not None:
        known = catalogue.language_of(asked)
        if known is None:
            message = _("{option} is one of {words}, not {text}.").format(
                option="--lang", words=" | ".join(catalogue.LANGUAGES), text=repr(asked)
            )
            raise exit_codes.Stop(exit_codes.USAGE, "invalid", message, "--lang")
        translate.use(known)


def _root(given: Mapping[str, Any]) -> int:
    speak(given)
    if given["version"]:
        from importlib.metadata import version

        typer.echo(f"entrepot {version('entrepot')}")
    elif given["context"].invoked_subcommand is None:
        typer.echo(given["context"].get_help())
    return exit_codes.ANSWERED


def _schedule(given: Mapping[str, Any]) -> int:
    if given["context"].invoked_subcommand is not None:
        return exit_codes.ANSWERED
    return _to("schedule", "listing")(dict(given))


def _key_list(given: Mapping[str, Any]) -> int:
    if given["context"].invoked_subcommand is not None:
        return exit_codes.ANSWERED
    return _to("keys", "listing")(dict(given))


def _packs(given: Mapping[str, Any]) -> int:
    if given["context"].invoked_subcommand is not None:
        return exit_codes.ANSWERED
    return _to("packs", "listing")(dict(given))
