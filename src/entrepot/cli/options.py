"""The options of each command, as tables: a command's options are a tuple of `Option`."""

from __future__ import annotations

from entrepot.cli.parameters import Option
from entrepot.cli.sale_options import CHOICES
from entrepot.language.catalogue import LANGUAGES
from entrepot.language.translate import N_

#: Panels of the help.
SALE = N_("The sale")
COSTS = N_("Costs and terms")
PARTIES = N_("Buyer and seller")
MEASURES = N_("Measures of the goods")
OVERRIDES = N_("What you know better")
RESULT = N_("The answer")

JSON = Option("json", ("--json",), N_("Nothing but JSON on standard output."), RESULT, kind="flag")
LANG = Option(
    "lang",
    ("--lang",),
    N_("The language of the answer; else that of the environment."),
    RESULT,
    "|".join(LANGUAGES),
    choices=tuple(LANGUAGES),
)
PACKS = Option("packs", ("--packs",), N_("The folder of law packs to use."), RESULT, "DIR")
ON = Option("on", ("--on",), N_("The day of the law; today if not given."), SALE, "YYYY-MM-DD")
OVERLAY = Option(
    "overlays",
    ("--overlay",),
    N_("A folder of changed law to lay over a pack: what if. May be repeated."),
    OVERRIDES,
    "DIR",
    "many",
)
CONTEXT = Option("context", (), "", kind="context")
VERSION = Option("version", ("--version",), N_("The version."), kind="flag")
OUTPUT = (JSON, LANG, PACKS)
ROOT = (CONTEXT, VERSION, LANG)
#: Of commands that list things when no subcommand is given.
LIST = (CONTEXT, *OUTPUT)
#: Of commands that read no law.
WITHOUT_PACKS = (JSON, LANG)

FILE = Option(
    "file",
    (),
    N_("A sale in JSON, or - for standard input; needed for several lines."),
    metavar="[FILE|-]",
    kind="argument",
)
QUOTE = (
    FILE,
    Option("ship_from", ("--from",), N_("Where it ships from."), SALE, "COUNTRY", choices=("economies",)),
    Option("ship_to", ("--to",), N_("Where it is imported."), SALE, "COUNTRY", choices=("economies",)),
    Option("hs_code", ("--hs",), N_("What is sold: a code of the Harmonized System, 6 to 10 digits."), SALE, "CODE"),
    Option(
        "service",
        ("--service",),
        N_("Or a category of services, such as telemedicine."),
        SALE,
        "NAME",
        choices=("services",),
    ),
    Option("amount", ("--amount",), N_("The price of the whole line with its currency."), SALE, '"100 CNY"'),
    Option("quantity", ("--quantity",), N_("How many pieces."), SALE, "NUMBER"),
    Option(
        "origin",
        ("--origin",),
        N_("Where it was made; else where it ships from."),
        SALE,
        "COUNTRY",
        choices=("economies",),
    ),
    Option("description", ("--description",), N_("What it is, in your words."), SALE),
    Option(
        "channel",
        ("--channel",),
        N_("How it is sold: ecommerce, trade or personal."),
        SALE,
        "WORD",
        choices=CHOICES["channel"],
    ),
    Option(
        "transport",
        ("--transport",),
        N_("How it travels: air, sea, post, express, road, rail or digital."),
        SALE,
        "WORD",
        choices=CHOICES["transport"],
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
        choices=CHOICES["incoterm"],
    ),
    Option(
        "rate_of",
        ("--rate-of",),
        N_("An exchange rate: units of the importer's currency for one."),
        COSTS,
        "USD=7.08",
        "many",
    ),
    Option("buyer", ("--buyer",), N_("Who buys: consumer or business."), PARTIES, "WORD", choices=CHOICES["buyer"]),
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
    Option("proof", ("--proof",), N_("The proof of origin that you hold, or none."), OVERRIDES, "ID"),
    Option("asserted", ("--assert",), N_("A condition that you vouch for, by its id."), OVERRIDES, "ID", "many"),
    Option("duty", ("--duty",), N_("A rate of duty in place of the tariff's."), OVERRIDES, '"8 %"'),
    Option("rates", ("--rate",), N_("Another rate, by kind of charge."), OVERRIDES, '"vat=9 %"', "many"),
    Option(
        "tax_class", ("--tax-class",), N_("The class of the tax: standard, reduced, zero, exempt …"), OVERRIDES, "NAME"
    ),
    OVERLAY,
    JSON,
    Option("explain", ("--explain",), N_("The sum and the law behind each figure."), RESULT, kind="flag"),
    Option("strict", ("--strict",), N_("Refuse whatever is not complete (exit code 4)."), RESULT, kind="flag"),
    LANG,
    PACKS,
)
#: Options of `quote` that are not fields of the sale.
NOT_IN_SALE = frozenset({"file", "on", "json", "explain", "strict", "lang", "packs", "overlays"})

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
        choices=("economies",),
    ),
    ON,
    Option("limit", ("--limit",), N_("How many goods at most; 20 if not given."), RESULT, "NUMBER"),
    *OUTPUT,
)
PACKS_SHOW = (Option("name", (), N_("The pack, such as cn."), metavar="PACK", kind="required"), *OUTPUT)
PACKS_CHECK = (Option("paths", (), N_("Folders of packs."), metavar="PATH…", kind="arguments"), *OUTPUT)

TABLE = N_("The table")

BATCH = (
    Option(
        "words",
        (),
        N_("The file of a table, or - for standard input; or: explain, and an answered file."),
        metavar="IN | explain OUT",
        kind="arguments",
    ),
    Option("to", ("--to",), N_("The file of the answers, or - for standard output."), TABLE, "OUT"),
    Option(
        "map", ("--map",), N_("What a column of yours gives; nothing leaves it unread."), TABLE, "THEIRS=OURS", "many"
    ),
    Option("set", ("--set",), N_("A field that is the same in all rows."), TABLE, "FIELD=VALUE", "many"),
    Option(
        "format_in", ("--format-in",), N_("The format of IN, where its name does not say."), TABLE, "csv|tsv|jsonl|…"
    ),
    Option(
        "format_out", ("--format-out",), N_("The format of OUT, where its name does not say."), TABLE, "csv|tsv|jsonl|…"
    ),
    Option("faults", ("--faults",), N_("A file of the rows with a fault, and what is wrong with each."), TABLE, "FILE"),
    Option(
        "resume", ("--resume",), N_("Keep finished parts beside OUT, and go on from those there."), TABLE, kind="flag"
    ),
    Option("row", ("--row",), N_("With explain: the number of the row, from 1."), TABLE, "NUMBER"),
    ON,
    Option("explain", ("--explain",), N_("Also the law, the reasons and the rows that decided."), RESULT, kind="flag"),
    Option("quiet", ("--quiet",), N_("No progress and no summary."), RESULT, kind="flag"),
    JSON,
    LANG,
    PACKS,
    OVERLAY,
)

#: Options that `compare` shares with `batch`.
_AS_BATCH = tuple(option for option in BATCH if option.name in ("map", "set", "format_in"))

COMPARE = (
    Option("source", (), N_("The file of a table, or - for standard input."), metavar="IN", kind="required"),
    OVERLAY,
    Option(
        "by",
        ("--by",),
        N_("What it is grouped by: chapter, heading, origin, destination, way; several with commas between."),
        TABLE,
        "chapter,origin,way",
        "many",
    ),
    Option("to", ("--to",), N_("A file of all groups: .csv, .parquet, .arrow, or .json."), TABLE, "FILE"),
    Option("each", ("--each",), N_("A file of all rows, each with both answers."), TABLE, "FILE"),
    Option("chart", ("--chart",), N_("A picture of the largest changes, in SVG."), TABLE, "FILE.svg"),
    *_AS_BATCH,
    ON,
    Option("quiet", ("--quiet",), N_("No progress and no page."), RESULT, kind="flag"),
    JSON,
    LANG,
    PACKS,
)

SCHEDULE = N_("The schedule")
#: The built-in formats of `schedules.formats`; not imported from there, so that a quote starts fast.
SCHEDULE_FORMATS = ("jp", "us", "gb", "wits", "plain")

_SCHEDULE_NAME = Option("name", (), N_("A schedule, as the list calls it."), metavar="ID", kind="required")
_READING_OPTIONS = (
    Option(
        "format",
        ("--format",),
        N_("The format, where the file does not look like it."),
        SCHEDULE,
        "|".join(SCHEDULE_FORMATS),
        choices=SCHEDULE_FORMATS,
    ),
    Option("since", ("--since",), N_("The first day it holds, where the file does not say."), SCHEDULE, "YYYY-MM-DD"),
    Option("until", ("--until",), N_("The first day it no longer holds."), SCHEDULE, "YYYY-MM-DD"),
    Option("id", ("--id",), N_("What it is called in the list; else by its day."), SCHEDULE, "NAME"),
    Option("title", ("--title",), N_("The title of the source."), SCHEDULE),
    Option("authority", ("--authority",), N_("Who published it."), SCHEDULE),
    Option("url", ("--url",), N_("The address at which it was published."), SCHEDULE, "URL"),
    Option("replace", ("--replace",), N_("Put it in the place of another of this name."), SCHEDULE, kind="flag"),
    Option("report", ("--report",), N_("Write every cell that was not read to this file, as CSV."), RESULT, "FILE"),
)
SCHEDULE_ADD = (
    Option(
        "words",
        (),
        N_("A pack or a country, and the files of its schedule."),
        metavar="PACK FILE…",
        kind="arguments",
    ),
    *_READING_OPTIONS,
    *OUTPUT,
)
SCHEDULE_GET = (
    Option(
        "words",
        (),
        N_("A pack or a country; of some the codes of the goods, too."),
        metavar="PACK [CODE…]",
        kind="arguments",
    ),
    Option("folder", ("--to",), N_("Where the files are put; else among the user's data."), SCHEDULE, "DIR"),
    *_READING_OPTIONS,
    *OUTPUT,
)
SCHEDULE_SHOW = (_SCHEDULE_NAME, *OUTPUT)
SCHEDULE_REMOVE = (_SCHEDULE_NAME, Option("yes", ("--yes", "-y"), N_("Do not ask."), RESULT, kind="flag"), *OUTPUT)
SCHEDULE_DIFF = (
    Option(
        "words",
        (),
        N_("Two schedules, or one to compare with its pack's own rows."),
        metavar="ID [ID]",
        kind="arguments",
    ),
    ON,
    Option("treatment", ("--treatment",), N_("Only this treatment, such as mfn."), RESULT, "ID"),
    Option("all", ("--all",), N_("Print every line."), RESULT, kind="flag"),
    *OUTPUT,
)

SERVER = N_("The desk")
KEY = N_("The key")
#: The scopes of `store.keys`; not imported from there, so that a quote starts fast.
SCOPES = ("quotes", "batch", "law")

SERVE = (
    Option("host", ("--host",), N_("The address to answer at; 127.0.0.1 is this machine alone."), SERVER, "ADDRESS"),
    Option("port", ("--port",), N_("The port; 8000 if not given."), SERVER, "NUMBER"),
    Option(
        "workers", ("--workers",), N_("How many processes; else one for each core, at most four."), SERVER, "NUMBER"
    ),
    LANG,
)
ADMIN = (
    Option("name", (), N_("The name to sign in with."), metavar="NAME", kind="required"),
    LANG,
)
KEYS_CREATE = (
    Option("name", (), N_("What it is for, such as the name of a shop."), metavar="NAME", kind="required"),
    Option(
        "scopes", ("--scope",), N_("What it allows. May be repeated."), KEY, "|".join(SCOPES), "many", choices=SCOPES
    ),
    Option("per_minute", ("--per-minute",), N_("How many calls a minute; 6000 if not given."), KEY, "NUMBER"),
    *WITHOUT_PACKS,
)
KEYS_LIST = (CONTEXT, *WITHOUT_PACKS)
KEYS_REVOKE = (Option("name", (), N_("A key, by its id."), metavar="ID", kind="required"), *WITHOUT_PACKS)
