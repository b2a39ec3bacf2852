"""options: what may be typed with each command, as a table; typer makes the parser and the help of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from entrepot.cli.sale_options import CHOICES
from entrepot.language.catalogue import LANGUAGES
from entrepot.language.translate import N_, _


@dataclass(frozen=True, slots=True)
class Option:
    """One option: the name its value has, its flags, what the help says, and in which panel.

    `kind`: `text`, `many` (may be repeated), `flag`, `argument` (may be left out), `needed`, `arguments` or `context`
    (what typer knows of the command). `words`: what it may be completed to, or `economies`, or `services`.
    """

    name: str
    flags: tuple[str, ...]
    help: str
    panel: str = ""
    metavar: str = "TEXT"
    kind: str = "text"
    words: tuple[str, ...] = ()


SALE = N_("The sale")
COSTS = N_("Costs and terms")
PARTIES = N_("Buyer and seller")
MEASURES = N_("Measures of the goods")
KNOWN = N_("What you know better")
ANSWER = N_("The answer")

JSON = Option("json", ("--json",), N_("Nothing but JSON on standard output."), ANSWER, kind="flag")
LANG = Option(
    "lang",
    ("--lang",),
    N_("The language of the answer; else that of the environment."),
    ANSWER,
    "|".join(LANGUAGES),
    words=tuple(LANGUAGES),
)
PACKS = Option("packs", ("--packs",), N_("The folder of law packs to use."), ANSWER, "DIR")
ON = Option("on", ("--on",), N_("The day of the law; today if not given."), SALE, "YYYY-MM-DD")
OVERLAY = Option(
    "overlays",
    ("--overlay",),
    N_("A folder of changed law to lay over a pack: what if. May be repeated."),
    KNOWN,
    "DIR",
    "many",
)
OUTPUT = (JSON, LANG, PACKS)
#: Of what has nothing to do with law.
PLAIN = (JSON, LANG)

FILE = Option(
    "file",
    (),
    N_("A sale in JSON, or - for standard input; needed for several lines."),
    metavar="[FILE|-]",
    kind="argument",
)
QUOTE = (
    FILE,
    Option("ship_from", ("--from",), N_("Where it ships from."), SALE, "COUNTRY", words=("economies",)),
    Option("ship_to", ("--to",), N_("Where it is imported."), SALE, "COUNTRY", words=("economies",)),
    Option("hs_code", ("--hs",), N_("What is sold: a code of the Harmonized System, 6 to 10 digits."), SALE, "CODE"),
    Option(
        "service",
        ("--service",),
        N_("Or a category of services, such as telemedicine."),
        SALE,
        "NAME",
        words=("services",),
    ),
    Option("amount", ("--amount",), N_("The price of the whole line with its currency."), SALE, '"100 CNY"'),
    Option("quantity", ("--quantity",), N_("How many pieces."), SALE, "NUMBER"),
    Option(
        "origin",
        ("--origin",),
        N_("Where it was made; else where it ships from."),
        SALE,
        "COUNTRY",
        words=("economies",),
    ),
    Option("description", ("--description",), N_("What it is, in your words."), SALE),
    Option(
        "channel",
        ("--channel",),
        N_("How it is sold: ecommerce, trade or personal."),
        SALE,
        "WORD",
        words=CHOICES["channel"],
    ),
    Option(
        "transport",
        ("--transport",),
        N_("How it travels: air, sea, post, express, road, rail or digital."),
        SALE,
        "WORD",
        words=CHOICES["transport"],
    ),
    ON,
    Option("currency", ("--currency",), N_("The currency, where the amount has none."), COSTS, "ISO"),
    Option("shipping_cost", ("--shipping",), N_("International carriage."), COSTS, "AMOUNT"),
    Option("insurance_cost", ("--insurance",), N_("Insurance of the carriage."), COSTS, "AMOUNT"),
    Option("discount_amount", ("--discount",), N_("A discount on the whole sale."), COSTS, "AMOUNT"),
    Option(
        "incoterm",
        ("--incoterm",),
        N_("What the price includes: EXW, FOB, CIF, DDP …"),
        COSTS,
        "TERM",
        words=CHOICES["incoterm"],
    ),
    Option(
        "rate_of",
        ("--rate-of",),
        N_("An exchange rate: units of the importer's currency for one."),
        COSTS,
        "USD=7.08",
        "many",
    ),
    Option("buyer", ("--buyer",), N_("Who buys: consumer or business."), PARTIES, "WORD", words=CHOICES["buyer"]),
    Option("tax_ids", ("--tax-id",), N_("A tax number of the buyer."), PARTIES, "TEXT", "many"),
    Option(
        "year_to_date",
        ("--year-to-date",),
        N_("What this buyer bought this year under an annual limit."),
        PARTIES,
        "NUMBER",
    ),
    Option(
        "registered",
        ("--registered",),
        N_("A scheme that the seller is registered for, such as eu_ioss."),
        PARTIES,
        "SCHEME",
        "many",
    ),
    Option("state", ("--state",), N_("The state or province of the buyer."), PARTIES, "CODE"),
    Option("postal_code", ("--postal-code",), N_("The postal code of the buyer."), PARTIES, "CODE"),
    Option("net_mass_kg", ("--kg", "--net-mass-kg"), N_("Net mass in kilograms."), MEASURES, "NUMBER"),
    Option("gross_mass_kg", ("--gross-kg", "--gross-mass-kg"), N_("Gross mass in kilograms."), MEASURES, "NUMBER"),
    Option("litres", ("--litres",), N_("Litres."), MEASURES, "NUMBER"),
    Option("items", ("--items",), N_("Pieces that a duty counts, where not the quantity."), MEASURES, "NUMBER"),
    Option("pairs", ("--pairs",), N_("Pairs."), MEASURES, "NUMBER"),
    Option("square_metres", ("--square-metres",), N_("Square metres."), MEASURES, "NUMBER"),
    Option("cubic_metres", ("--cubic-metres",), N_("Cubic metres."), MEASURES, "NUMBER"),
    Option("head", ("--head",), N_("Head of livestock."), MEASURES, "NUMBER"),
    Option("alcohol_percent", ("--alcohol", "--alcohol-percent"), N_("Alcohol, % of the volume."), MEASURES, "NUMBER"),
    Option("proof", ("--proof",), N_("The proof of origin that you hold, or none."), KNOWN, "ID"),
    Option("asserted", ("--assert",), N_("A condition that you vouch for, by its id."), KNOWN, "ID", "many"),
    Option("duty", ("--duty",), N_("A rate of duty in place of the tariff's."), KNOWN, '"8 %"'),
    Option("rates", ("--rate",), N_("Another rate, by kind of charge."), KNOWN, '"vat=9 %"', "many"),
    Option("tax_class", ("--tax-class",), N_("The class of the tax: standard, reduced, zero, exempt …"), KNOWN, "NAME"),
    OVERLAY,
    JSON,
    Option("explain", ("--explain",), N_("The sum and the law behind each figure."), ANSWER, kind="flag"),
    Option("strict", ("--strict",), N_("Refuse whatever is not complete (exit code 4)."), ANSWER, kind="flag"),
    LANG,
    PACKS,
)
#: Options that are no part of the sale.
BESIDE = frozenset({"file", "on", "json", "explain", "strict", "lang", "packs", "overlays"})

LAW = (
    Option(
        "words",
        (),
        N_("A country and a code (CN 0901.21); or: diff, a country and, if you like, a code."),
        metavar="COUNTRY CODE | diff COUNTRY [CODE]",
        kind="arguments",
    ),
    ON,
    Option("since", ("--from",), N_("With diff: the day before."), SALE, "YYYY-MM-DD"),
    Option("until", ("--to",), N_("With diff: the day after."), SALE, "YYYY-MM-DD"),
    OVERLAY,
    *OUTPUT,
)
GOODS = (
    Option(
        "words",
        (),
        N_("Words in any language that goods have names in, or the beginning of a code."),
        metavar="WORDS… | CODE",
        kind="arguments",
    ),
    Option(
        "economy",
        ("--to",),
        N_("Whose lines; without it the headings of the Harmonized System."),
        SALE,
        "COUNTRY",
        words=("economies",),
    ),
    ON,
    Option("limit", ("--limit",), N_("How many goods at most; 20 if not given."), ANSWER, "NUMBER"),
    *OUTPUT,
)
SHOW = (Option("name", (), N_("The pack, such as cn."), metavar="PACK", kind="needed"), *OUTPUT)
CHECK = (Option("paths", (), N_("Folders of packs."), metavar="PATH…", kind="arguments"), *OUTPUT)


CONTEXT = Option("context", (), "", kind="context")
VERSION = Option("version", ("--version",), N_("The version."), kind="flag")
ROOT = (CONTEXT, VERSION, LANG)
LISTING = (CONTEXT, *OUTPUT)


def wired(answer: Callable[[dict[str, Any]], int], options: Iterable[Option]) -> Callable[..., int]:
    """A function that typer can make a command of; it hands the values to `answer` by their names."""

    def called(**given: Any) -> int:
        return answer(given)

    parameters = [_parameter(option) for option in options]
    called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    called.__annotations__ = {each.name: each.annotation for each in parameters}
    return called


def _parameter(option: Option) -> inspect.Parameter:
    """An option as a parameter of a function, with its texts in the language that is spoken."""
    if option.kind == "context":
        return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    said: dict[str, Any] = {"help": _(option.help), "show_default": False}
    if option.panel:
        said["rich_help_panel"] = _(option.panel)
    if option.kind != "flag":
        said["metavar"] = option.metavar
    if option.words:
        said["autocompletion"] = _completer(option.words)
    kind: Any = {"flag": bool, "many": list[str], "arguments": list[str], "needed": str}.get(option.kind, str | None)
    default: Any = {
        "flag": False,
        "many": [],
        "needed": inspect.Parameter.empty,
        "arguments": inspect.Parameter.empty,
    }.get(option.kind)
    if option.kind in ("argument", "arguments", "needed"):
        info: Any = typer.Argument(**said)
    else:
        info = typer.Option(*option.flags, **said)
    return inspect.Parameter(
        option.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, info]
    )


def _completer(words: tuple[str, ...]) -> Callable[[typer.Context, str], list[tuple[str, str]]]:
    def complete(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        known: Mapping[str, str] = dict.fromkeys(words, "")
        if words in (("economies",), ("services",)):
            from entrepot.app import library
            from entrepot.law.library import Library

            packs = ctx.params.get("packs")
            world = (Library(Path(packs)) if packs else library()).world
            titles = {code: entry[0] for code, entry in world.economies.items()}
            known = titles if words == ("economies",) else world.services
        return [(word, text) for word, text in known.items() if word.lower().startswith(incomplete.lower())]

    return complete
