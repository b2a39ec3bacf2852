"""The commands of the command line and the module that runs each. Texts are translated when the commands are built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any

import typer

from entrepot.cli import (
    classify_options,
    document_options,
    exit_codes,
    ledger_options,
    measure_options,
    node_options,
    options,
    outbox_options,
    payment_options,
    people_options,
    screening_options,
    transfer_options,
)
from entrepot.cli.classify_options import known_language
from entrepot.cli.groups import Commands, Group
from entrepot.cli.parameters import Option, with_options
from entrepot.language import translate
from entrepot.language.translate import _

#: Of a command whose words, options and `--help` too, are read by the program that it starts.
_ALL_WORDS = {
    "allow_extra_args": True,
    "allow_interspersed_args": False,
    "ignore_unknown_options": True,
    "help_option_names": [],
}

#: Of a command that takes the thumbprint of a key: one in sixty-four begins with a hyphen, which is no option.
_HYPHENS = {"ignore_unknown_options": True, "help_option_names": ["--help"]}


def build_command(first_word: str = "") -> Any:
    """The command line, its texts in the current language.

    Where the first word names a command, or a group, with that one alone: the others take a quarter of the start.
    """
    app = _command_group(
        _("The total cost of a cross-border sale by every lawful import procedure, with the law behind each figure."),
        completion=True,
    )
    app.callback(invoke_without_command=True)(with_options(_run_root, options.ROOT))
    quote = _("Quote one sale, from options or from a JSON file.")
    app.command("quote", help=quote, epilog=_epilog())(with_options(_load("quote", "run"), options.QUOTE))
    batch = _("Quote a table of sales: CSV, JSON lines, Parquet or Arrow.")
    app.command("batch", help=batch)(with_options(_load("batch", "run"), options.BATCH))
    compare = _("Compare a table under current law and under proposed law.")
    app.command("compare", help=compare)(with_options(_load("compare", "run"), options.COMPARE))
    law = _("Show every row of law in force for a code, or what changes between two dates.")
    app.command("law", help=law)(with_options(_load("law", "run"), options.LAW))
    agreements = _("Show the agreements on digital trade between two economies, and what they open to their nodes.")
    app.command("agreements", help=agreements)(with_options(_load("agreements", "run"), options.AGREEMENTS))
    goods = _("Find goods and their codes by words or by the first digits of a code.")
    app.command("goods", help=goods)(with_options(_load("goods", "run"), options.GOODS))
    classify = _("Classify goods by their description: codes with probabilities, and what would decide between them.")
    app.command("classify", help=classify)(with_options(_load("classify", "run"), classify_options.CLASSIFY))
    packs = _command_group(_("List the packs of law and how far each can be trusted, and check your own."))
    packs.callback(invoke_without_command=True)(with_options(_default("packs", "list_packs"), options.LIST))
    show, check = (
        _("Show what one pack covers and its known limits."),
        _("Check packs: every error with its file, row, column and how to correct it."),
    )
    packs.command("list", help=_("List the packs of law."))(with_options(_load("packs", "list_packs"), options.LIST))
    packs.command("show", help=show)(with_options(_load("packs", "show"), options.PACKS_SHOW))
    packs.command("check", help=check)(with_options(_load("packs", "check"), options.PACKS_CHECK))
    app.add_typer(packs, name="packs")
    app.add_typer(_schedule_commands(), name="schedule")
    app.add_typer(_rates_commands(), name="rates")
    serve = _("Start the web server (HTTP API and pages); by default for this machine only.")
    app.command("serve", help=serve)(with_options(_load("serve", "run"), options.SERVE))
    _add_node_commands(app)
    demo = _("Show three sales, each to a consumer and to a business.")
    app.command("demo", help=demo)(with_options(_load("demo", "run"), options.OUTPUT))
    if _keep_only(app, first_word):
        return typer.main.get_command(app)
    return _arranged(typer.main.get_command(app))


def _keep_only(app: typer.Typer, name: str) -> bool:
    """Leaves out all commands and groups but the named one; returns whether there is one of that name."""
    commands = [each for each in app.registered_commands if each.name == name]
    groups = [each for each in app.registered_groups if each.name == name]
    if commands or groups:
        app.registered_commands, app.registered_groups = commands, groups
    return bool(commands or groups)


def _arranged(app: Any) -> Any:
    """The command line with its commands in parts, each under its title in the help."""
    parts = {
        _("Sales and goods"): ("quote", "batch", "compare", "classify", "goods", "demo"),
        _("Law"): ("law", "agreements", "packs", "schedule", "rates"),
        _("Orders and services"): ("trade", "services", "documents", "payments", "screening", "transfers", "outbox"),
        _("Other nodes and statistics"): ("nodes", "measure"),
        _("Server"): ("serve", "admin", "people", "organizations", "keys", "ledger", "backup", "restore", "sandbox"),
    }
    ordered = {name: app.commands[name] for names in parts.values() for name in names}
    for title, names in parts.items():
        for name in names:
            ordered[name].rich_help_panel = title
    app.commands = {**ordered, **app.commands}
    return app


def _add_node_commands(app: typer.Typer) -> None:
    """The commands of a node with a database: its people, its trade, its backup, and sandboxes for trials."""
    admin = _("Create an administrator of the web server, or set a new password.")
    app.command("admin", help=admin)(with_options(_load("serve", "create_admin"), options.ADMIN))
    for name, group in (
        ("keys", _key_commands),
        ("people", _people_commands),
        ("organizations", _organization_commands),
        ("ledger", _ledger_commands),
        ("payments", _payment_commands),
        ("trade", _trade_commands),
        ("services", _service_commands),
        ("outbox", _outbox_commands),
        ("nodes", _nodes_commands),
        ("documents", _document_commands),
        ("measure", _measure_commands),
        ("transfers", _transfer_commands),
        ("screening", _screening_commands),
    ):
        app.add_typer(group(), name=name)
    backup = _("Back up the database, the keys and the files of this node, while it works.")
    app.command("backup", help=backup)(with_options(_load("backup", "write"), ledger_options.BACKUP))
    restore = _("Restore a backup into new places, and verify its ledger.")
    app.command("restore", help=restore)(with_options(_load("backup", "restore"), ledger_options.RESTORE))
    sandbox = _("Start a sandbox for trials, a process of its own: customs, payments or carrier.")
    app.command("sandbox", help=sandbox, context_settings=_ALL_WORDS)(
        with_options(_load("serve", "run_sandbox"), options.SANDBOX)
    )


def _schedule_commands() -> typer.Typer:
    """The commands under `schedule`."""
    group = _command_group(_("Manage official tariff schedules: with one installed, quotes know every line."))
    group.callback(invoke_without_command=True)(with_options(_default("schedule", "list_schedules"), options.LIST))
    for name, function, command_options, help_text in (
        ("add", ("schedule", "add"), options.SCHEDULE_ADD, _("Read, check and install the files of a schedule.")),
        ("get", ("schedule_get", "run"), options.SCHEDULE_GET, _("Download the authority's own file and install it.")),
        ("list", ("schedule", "list_schedules"), options.OUTPUT, _("List the installed schedules.")),
        ("show", ("schedule", "show"), options.SCHEDULE_SHOW, _("Show what one schedule contains.")),
        (
            "diff",
            ("schedule_diff", "run"),
            options.SCHEDULE_DIFF,
            _("Show the rates that differ between two schedules."),
        ),
        ("remove", ("schedule", "remove_schedule"), options.SCHEDULE_REMOVE, _("Remove a schedule.")),
    ):
        group.command(name, help=help_text)(with_options(_load(*function), command_options))
    return group


def _rates_commands() -> typer.Typer:
    """The commands under `rates`."""
    return _commands_of(
        "rates",
        _("Manage exchange rates: quotes use them where neither the sale nor the law has one."),
        ("list_rates", options.LIST),
        ("add", "add", options.RATES_ADD, _("Read and keep files of dated exchange rates.")),
        ("get", "get", options.RATES_GET, _("Download exchange rates and keep them.")),
        ("list", "list_rates", options.OUTPUT, _("List the kept exchange rates.")),
        ("remove", "remove", options.RATES_REMOVE, _("Remove a set of exchange rates.")),
    )


def _key_commands() -> typer.Typer:
    """The commands under `keys`."""
    return _commands_of(
        "keys",
        _("Manage API keys."),
        ("list_keys", options.KEYS_LIST),
        ("create", "create", options.KEYS_CREATE, _("Create a key; it is shown once.")),
        ("list", "list_keys", options.WITHOUT_PACKS, _("List the keys.")),
        ("revoke", "revoke", options.KEYS_REVOKE, _("Revoke a key.")),
    )


def _people_commands() -> typer.Typer:
    """The commands under `people`."""
    return _commands_of(
        "people",
        _("List people, export the data that is stored about a person, and erase it."),
        ("list_people", people_options.PEOPLE_LIST),
        ("list", "list_people", options.WITHOUT_PACKS, _("List the people.")),
        ("export", "export", people_options.PEOPLE_EXPORT, _("Write all data that is stored about a person, as JSON.")),
        ("erase", "erase", people_options.PEOPLE_ERASE, _("Erase the personal data of a person.")),
    )


def _organization_commands() -> typer.Typer:
    """The commands under `organizations`."""
    return _commands_of(
        "people",
        _("Manage organizations: sellers, buyers and the operator of the platform."),
        ("list_organizations", people_options.ORGANIZATIONS_LIST),
        ("list", "list_organizations", options.WITHOUT_PACKS, _("List the organizations.")),
        ("create", "create_organization", people_options.ORGANIZATIONS_CREATE, _("Create an organization.")),
    )


def _trade_commands() -> typer.Typer:
    """The commands under `trade`."""
    group = _command_group(_("Trade after the quote: orders through payment, customs and delivery."))
    group.callback()(with_options(_only_language, (options.LANG,)))
    trial = _("Take three orders from the offer to the delivery, through sandboxes on this machine.")
    group.command("demo", help=trial)(with_options(_load("trade", "demo"), ledger_options.DEMO))
    node = _("Run a node with sandboxes of customs, payments and carrier, to try trade on its pages.")
    group.command("sandbox", help=node)(with_options(_load("trade_sandbox", "run"), ledger_options.TRADE_SANDBOX))
    return group


def _service_commands() -> typer.Typer:
    """The commands under `services`."""
    group = _command_group(_("Services after the quote: consultations, courses, bookings and workspaces."))
    group.callback()(with_options(_only_language, (options.LANG,)))
    trial = _("Order, pay, deliver and accept four services on this machine, without a browser.")
    group.command("demo", help=trial)(with_options(_load("services", "demo"), ledger_options.DEMO))
    return group


def _ledger_commands() -> typer.Typer:
    """The commands under `ledger`."""
    return _commands_of(
        "ledger",
        _("Verify, sign, prove, rebuild and export the ledger of trade."),
        ("verify", ledger_options.LIST),
        (
            "verify",
            "verify",
            ledger_options.VERIFY,
            _("Verify the events, the checkpoints, and all that is computed from the events."),
        ),
        ("checkpoint", "checkpoint", ledger_options.PLAIN, _("Sign the size and the root of the ledger.")),
        ("prove", "prove", ledger_options.PROVE, _("Prove that an event is in the ledger, as JSON.")),
        ("check", "check", ledger_options.CHECK, _("Check a proof of any node, without its database.")),
        ("rebuild", "rebuild", ledger_options.PLAIN, _("Compute all states and balances again from the events.")),
        ("export", "export", ledger_options.EXPORT, _("Write the events as JSON lines.")),
        (
            "forget-key",
            "forget_key",
            ledger_options.FORGET_KEY,
            _("After a key file was lost for ever: let the next start make a new key."),
        ),
    )


def _payment_commands() -> typer.Typer:
    """The commands under `payments`."""
    return _commands_of(
        "payments",
        _("Show what is owed to whom, pay sellers out, and settle notifications that were kept."),
        ("balances", payment_options.BALANCES_LIST),
        ("balances", "balances", payment_options.BALANCES, _("Show every money account whose balance is not 0.")),
        ("statement", "statement", payment_options.STATEMENT, _("Write the statement of a seller for a month.")),
        ("pay-out", "pay_out", payment_options.PAY_OUT, _("Pay a seller what it is owed.")),
        (
            "troubles",
            "troubles",
            payment_options.NOTICES,
            _("List the refunds, captures and cancellations that were refused."),
        ),
        ("notices", "notices", payment_options.NOTICES, _("List the notifications that could not take effect.")),
        ("retry", "retry", payment_options.RETRY, _("Ask the provider again: for a notification, or what it refused.")),
        ("close", "close", payment_options.NOTICE, _("Mark a notification that was kept as settled.")),
    )


def _outbox_commands() -> typer.Typer:
    """The commands under `outbox`."""
    return _commands_of(
        "outbox",
        _("List the messages that leave this node, send them again, or discard them."),
        ("list_messages", outbox_options.DEFAULT),
        ("list", "list_messages", outbox_options.LIST, _("List the messages, the newest first.")),
        ("retry", "retry", outbox_options.ONE, _("Send a message now, with its attempts counted anew.")),
        ("discard", "discard", outbox_options.ONE, _("Give a message up.")),
    )


def _nodes_commands() -> typer.Typer:
    """The commands under `nodes`."""
    group = _commands_of(
        "nodes",
        _("Nodes of other economies: meet them, compare their keys, open and close what they may do."),
        ("list_nodes", node_options.DEFAULT),
        ("list", "list_nodes", node_options.LIST, _("List the nodes that this one has met.")),
        ("describe", "describe", node_options.DESCRIBE, _("Show a node, and its thumbprints in groups of digits.")),
        ("meet", "meet", node_options.MEET, _("Record a node. Nothing is open to it.")),
        ("compare", "compare", node_options.COMPARE, _("Compare the thumbprints of a node; two persons pin its keys.")),
        ("open", "open_capabilities", node_options.OPEN, _("Open capabilities to a node, by two persons.")),
        ("close", "close", node_options.CLOSE, _("Close capabilities, at once.")),
        ("fee", "fee", node_options.FEE, _("Bound what a node may keep of the price of goods, by two persons.")),
        (
            "agree",
            "agree",
            node_options.AGREE,
            _("Name the agreements on which an exchange rests, by two persons."),
        ),
        ("approve", "approve", node_options.APPROVE, _("Resume a node, end its test mode, or accept its new key.")),
        ("suspend", "suspend", node_options.END, _("Suspend a node, at once; messages to it wait.")),
        ("revoke", "revoke", node_options.END, _("End the exchange with a node, at once and for good.")),
        ("check", "check", node_options.CHECK, _("Ask a node for its description and its newest checkpoint, now.")),
        ("rotate", "rotate", node_options.ROTATE, _("Replace the key of this node, by two persons.")),
        ("messages", "messages", node_options.MESSAGES, _("List the messages with other nodes, the newest first.")),
    )
    settle = _("Settle a month with a node: what one owes the other, compared line by line.")
    group.command("settle", help=settle)(with_options(_load("node_settlement", "settle"), node_options.SETTLE))
    quote = _("Ask a node what an offer of this one costs a buyer there, by its law.")
    group.command("quote", help=quote)(with_options(_load("node_quote", "quote"), node_options.QUOTE))
    trial = _("Let two nodes meet and trade with each other on this machine: goods, a consultation, and the month.")
    group.command("demo", help=trial)(with_options(_load("nodes_demo", "demo"), ledger_options.DEMO))
    return group


def _document_commands() -> typer.Typer:
    """The commands under `documents`."""
    group = _commands_of(
        "documents",
        _("Documents of orders: invoice, packing list, label, origin; and their credentials."),
        ("list_documents", document_options.DEFAULT),
        ("list", "list_documents", document_options.LIST, _("List the documents, the newest first.")),
        ("issue", "issue", document_options.ISSUE, _("Issue a document of an order.")),
        ("show", "show", document_options.SHOW, _("Write a document as JSON, PDF, UBL or a credential.")),
        ("withdraw", "withdraw", document_options.WITHDRAW, _("Withdraw a document. Its number is not used again.")),
        ("verify", "verify", document_options.VERIFY, _("Verify a credential, or a PDF with one inside.")),
        ("keys", "keys", document_options.KEYS, _("List the keys that sign or signed documents.")),
        ("replace-key", "replace_key", document_options.KEYS, _("Sign with a new key; the old signatures stay valid.")),
    )
    revoke = _("Revoke a key: its signatures prove nothing from then on.")
    group.command("revoke-key", help=revoke, context_settings=_HYPHENS)(
        with_options(_load("documents", "revoke_key"), document_options.REVOKE)
    )
    return group


def _measure_commands() -> typer.Typer:
    """The commands under `measure`."""
    return _commands_of(
        "measure",
        _("Measure digital trade: the tables of the handbook, their files, the mirror, and rankings."),
        ("list_sets", measure_options.LIST),
        ("table", "table", measure_options.MAKE_TABLE, _("Show the table of digital trade for a period.")),
        ("export", "export", measure_options.EXPORT, _("Write the table as CSV or SDMX, or the lines behind it.")),
        (
            "mirror",
            "mirror",
            measure_options.MIRROR,
            _("Compare the exports of one node with the imports of the other."),
        ),
        ("rank", "rank", measure_options.RANK, _("Rank economies by published statistics, or check a claim.")),
        ("add", "add", measure_options.ADD, _("Read, check and keep a file of published statistics.")),
        ("demo", "demo", measure_options.DEMO, _("Show the table of a synthetic year.")),
    )


def _transfer_commands() -> typer.Typer:
    """The commands under `transfers`."""
    return _commands_of(
        "transfers",
        _("Personal data that leave an economy: the rules, and what makes a transfer lawful."),
        ("list_routes", transfer_options.LIST),
        ("check", "check", transfer_options.CHECK, _("Say whether data may go from one economy to another.")),
        ("rules", "rules", transfer_options.RULES, _("Show the rules of an economy.")),
        ("list", "list_routes", transfer_options.LIST[1:], _("List where data of this node go, and the mechanisms.")),
        ("record", "record", transfer_options.RECORD, _("Record a mechanism; a second person approves it.")),
        ("approve", "approve", transfer_options.ONE, _("Approve a mechanism that another person recorded.")),
        ("withdraw", "withdraw", transfer_options.ONE, _("End a mechanism at once.")),
    )


def _screening_commands() -> typer.Typer:
    """The commands under `screening`."""
    return _commands_of(
        "screening",
        _("Screen the parties of orders against lists of sanctions that you add."),
        ("list_open", screening_options.DEFAULT),
        ("add", "add", screening_options.ADD, _("Add a list, or its next version.")),
        ("remove", "remove", screening_options.REMOVE, _("Stop screening with a list.")),
        ("lists", "lists", screening_options.LISTS, _("Show the lists in use.")),
        ("check", "check", screening_options.CHECK, _("Compare a name with the lists; nothing is recorded.")),
        ("list", "list_open", screening_options.LIST, _("List what waits for a decision.")),
        ("run", "run", screening_options.LISTS, _("Screen the open orders now.")),
        ("clear", "clear", screening_options.CLEAR, _("Clear a hit, with a reason: the order goes on.")),
        ("confirm", "confirm", screening_options.CONFIRM, _("Confirm a hit: the order stays held.")),
    )


def _commands_of(
    module: str,
    help_text: str,
    default: tuple[str, Iterable[Option]],
    *commands: tuple[str, str, Iterable[Option], str],
) -> typer.Typer:
    """A group of commands of a module, each with its name, function, options and help.

    `default`: the function and the options of the group without a command.
    """
    group = _command_group(help_text)
    group.callback(invoke_without_command=True)(with_options(_default(module, default[0]), default[1]))
    for name, function, command_options, help_of_command in commands:
        group.command(name, help=help_of_command)(with_options(_load(module, function), command_options))
    return group


def _command_group(help_text: str, *, completion: bool = False) -> typer.Typer:
    return Commands(
        cls=Group,
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


def _only_language(arguments: Mapping[str, Any]) -> int:
    """Sets the language of a group that does nothing without a command."""
    set_language(arguments)
    return exit_codes.SUCCESS


def set_language(arguments: Mapping[str, Any]) -> None:
    """Uses the language of `--lang`, where it is given. Raises Stop."""
    if (requested := arguments.get("lang")) is not None:
        translate.use_language(known_language(requested, "--lang"))


def _run_root(arguments: Mapping[str, Any]) -> int:
    set_language(arguments)
    if arguments["version"]:
        from importlib.metadata import version

        typer.echo(f"entrepot {version('entrepot')}")
    elif arguments["context"].invoked_subcommand is None:
        typer.echo(arguments["context"].get_help())
    return exit_codes.SUCCESS
