"""The commands of the command line and the module that runs each. Texts are translated when the commands are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import typer

from entrepot.cli import exit_codes, options
from entrepot.cli.parameters import with_options
from entrepot.language import catalogue, translate
from entrepot.language.translate import _


def build_command() -> Any:
    """The whole command line, its texts in the current language."""
    app = _command_group(
        _("What a cross-border sale costs in the end, by every lawful way in, with the law behind each figure."),
        completion=True,
    )
    app.callback(invoke_without_command=True)(with_options(_run_root, options.ROOT))
    quote = _("What a sale costs: options for one line, or a file of JSON.")
    app.command("quote", help=quote, epilog=_epilog())(with_options(_load("quote", "run"), options.QUOTE))
    batch = _("A table of sales, each row with its answer: CSV, JSON lines, Parquet or Arrow.")
    app.command("batch", help=batch)(with_options(_load("batch", "run"), options.BATCH))
    compare = _("A table under the law as it is and under a supposed one: what changes, and for whom.")
    app.command("compare", help=compare)(with_options(_load("compare", "run"), options.COMPARE))
    law = _("Every row of law in force for a code, or what changes between two days.")
    app.command("law", help=law)(with_options(_load("law", "run"), options.LAW))
    goods = _("Goods and their codes: by words, or by the beginning of a code.")
    app.command("goods", help=goods)(with_options(_load("goods", "run"), options.GOODS))
    packs = _command_group(_("Which law there is, how far it can be trusted, and the check of your own."))
    packs.callback(invoke_without_command=True)(with_options(_default("packs", "list_packs"), options.LIST))
    show, check = (
        _("What one pack holds and is known not to say."),
        _("Every fault of packs, with file, row, column and the way out."),
    )
    packs.command("show", help=show)(with_options(_load("packs", "show"), options.PACKS_SHOW))
    packs.command("check", help=check)(with_options(_load("packs", "check"), options.PACKS_CHECK))
    app.add_typer(packs, name="packs")
    app.add_typer(_schedule_commands(), name="schedule")
    serve = _("The desk: the HTTP API and the pages, on this machine until you say otherwise.")
    app.command("serve", help=serve)(with_options(_load("serve", "run"), options.SERVE))
    admin = _("An administrator of the desk: makes one, or gives one a new password.")
    app.command("admin", help=admin)(with_options(_load("serve", "create_admin"), options.ADMIN))
    app.add_typer(_key_commands(), name="keys")
    demo = _("Three sales, each to a consumer and to a business.")
    app.command("demo", help=demo)(with_options(_load("demo", "run"), options.OUTPUT))
    return typer.main.get_command(app)


def _schedule_commands() -> typer.Typer:
    """The commands under `schedule`."""
    group = _command_group(_("Official schedules that you keep: with them a quote knows every line."))
    group.callback(invoke_without_command=True)(with_options(_default("schedule", "list_schedules"), options.LIST))
    for name, function, command_options, help_text in (
        ("add", ("schedule", "add"), options.SCHEDULE_ADD, _("Read, check and keep the files of a schedule.")),
        ("get", ("schedule_get", "run"), options.SCHEDULE_GET, _("Fetch the authority's own file, and add it.")),
        ("list", ("schedule", "list_schedules"), options.OUTPUT, _("Which schedules are kept.")),
        ("show", ("schedule", "show"), options.SCHEDULE_SHOW, _("What one schedule holds.")),
        ("diff", ("schedule_diff", "run"), options.SCHEDULE_DIFF, _("Which rates differ between two.")),
        ("remove", ("schedule", "remove_schedule"), options.SCHEDULE_REMOVE, _("Take a schedule away.")),
    ):
        group.command(name, help=help_text)(with_options(_load(*function), command_options))
    return group


def _key_commands() -> typer.Typer:
    """The commands under `keys`."""
    group = _command_group(_("Keys of the API: who may ask the desk, and for what."))
    group.callback(invoke_without_command=True)(with_options(_default("keys", "list_keys"), options.KEYS_LIST))
    for name, function, command_options, help_text in (
        ("create", "create", options.KEYS_CREATE, _("Make a key; its text is shown once.")),
        ("list", "list_keys", options.WITHOUT_PACKS, _("Which keys there are.")),
        ("revoke", "revoke", options.KEYS_REVOKE, _("Take a key out of force.")),
    ):
        group.command(name, help=help_text)(with_options(_load("keys", function), command_options))
    return group


def _command_group(help_text: str, *, completion: bool = False) -> typer.Typer:
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


def _load(module: str, function: str) -> Callable[[dict[str, Any]], int]:
    """A function of a command's module, which is imported when the command runs, after the language is set."""

    def run(arguments: dict[str, Any]) -> int:
        set_language(arguments)
        return int(getattr(import_module(f"entrepot.cli.{module}"), function)(arguments))

    return run


def _default(module: str, function: str) -> Callable[[dict[str, Any]], int]:
    """Runs a function where a group of commands is typed without a subcommand."""

    def run(arguments: dict[str, Any]) -> int:
        if arguments["context"].invoked_subcommand is not None:
            return exit_codes.SUCCESS
        return _load(module, function)(arguments)

    return run


def set_language(arguments: Mapping[str, Any]) -> None:
    """Uses the language of `--lang`, where it is given. Raises Stop."""
    if (requested := arguments.get("lang")) is not None:
        language = catalogue.language_of(requested)
        if language is None:
            message = _("{option} is one of {words}, not {text}.").format(
                option="--lang", words=" | ".join(catalogue.LANGUAGES), text=repr(requested)
            )
            raise exit_codes.Stop(exit_codes.USAGE, "invalid", message, "--lang")
        translate.use(language)


def _run_root(arguments: Mapping[str, Any]) -> int:
    set_language(arguments)
    if arguments["version"]:
        from importlib.metadata import version

        typer.echo(f"entrepot {version('entrepot')}")
    elif arguments["context"].invoked_subcommand is None:
        typer.echo(arguments["context"].get_help())
    return exit_codes.SUCCESS
