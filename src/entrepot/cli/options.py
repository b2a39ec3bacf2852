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
OVERRIDES = N_("Your own rates")
RESULT = N_("Output")

JSON = Option("json", ("--json",), N_("Write only JSON to standard output."), RESULT, kind="flag")
LANG = Option(
    "lang",
    ("--lang",),
    N_("The language of the output; by default that of the environment."),
    RESULT,
    "|".join(LANGUAGES),
    choices=tuple(LANGUAGES),
)
PACKS = Option("packs", ("--packs",), N_("The folder of law packs to use."), RESULT, "DIR")
ON = Option("on", ("--on",), N_("The date of the law; by default today."), SALE, "YYYY-MM-DD")
OVERLAY = Option(
    "overlays",
    ("--overlay",),
    N_("A folder with changes to a pack (what if). Repeatable."),
    OVERRIDES,
    "DIR",
    "many",
)
CONTEXT = Option("context", (), "", kind="context")
VERSION = Option("version", ("--version",), N_("Show the version."), kind="flag")
OUTPUT = (JSON, LANG, PACKS)
ROOT = (CONTEXT, VERSION, LANG)
#: Of commands that list things when no subcommand is given.
LIST = (CONTEXT, *OUTPUT)
#: Of commands that read no law.
WITHOUT_PACKS = (JSON, LANG)

FILE = Option(
    "file",
    (),
    N_("The goods in words; or a sale in a JSON file, or - for standard input: required for several lines."),
    metavar="WORDS|FILE|-",
    kind="words",
)
QUOTE = (
    FILE,
    Option("ship_from", ("--from",), N_("The country the goods ship from."), SALE, "COUNTRY", choices=("economies",)),
    Option("ship_to", ("--to",), N_("The country of import."), SALE, "COUNTRY", choices=("economies",)),
    Option("hs_code", ("--hs",), N_("The code of the goods in the Harmonized System, 6 to 10 digits."), SALE, "CODE"),
    Option(
        "service",
        ("--service",),
        N_("For a service: its category, for example telemedicine."),
        SALE,
        "NAME",
        choices=("services",),
    ),
    Option("amount", ("--amount",), N_("The line total with its currency."), SALE, '"100 CNY"'),
    Option("quantity", ("--quantity",), N_("The number of pieces."), SALE, "NUMBER"),
    Option(
        "origin",
        ("--origin",),
        N_("The country of origin; by default the country the goods ship from."),
        SALE,
        "COUNTRY",
        choices=("economies",),
    ),
    Option("description", ("--description",), N_("Your description of the goods."), SALE),
    Option(
        "channel",
        ("--channel",),
        N_("The sales channel: ecommerce, trade or personal."),
        SALE,
        "WORD",
        choices=CHOICES["channel"],
    ),
    Option(
        "transport",
        ("--transport",),
        N_("The mode of transport: air, sea, post, express, road, rail or digital."),
        SALE,
        "WORD",
        choices=CHOICES["transport"],
    ),
    ON,
    Option("currency", ("--currency",), N_("The currency, if the amount has none."), COSTS, "ISO"),
    Option("shipping_cost", ("--shipping",), N_("The cost of international freight."), COSTS, "AMOUNT"),
    Option("insurance_cost", ("--insurance",), N_("The cost of cargo insurance."), COSTS, "AMOUNT"),
    Option("discount_amount", ("--discount",), N_("A discount on the whole sale."), COSTS, "AMOUNT"),
    Option(
        "incoterm",
        ("--incoterm",),
        N_("The Incoterm of the price: EXW, FOB, CIF, DDP …"),
        COSTS,
        "TERM",
        choices=CHOICES["incoterm"],
    ),
    Option(
        "rate_of",
        ("--rate-of",),
        N_("An exchange rate: units of the importer's currency for one unit."),
        COSTS,
        "USD=7.08",
        "many",
    ),
    Option("buyer", ("--buyer",), N_("The buyer: consumer or business."), PARTIES, "WORD", choices=CHOICES["buyer"]),
    Option("tax_ids", ("--tax-id",), N_("A tax number of the buyer."), PARTIES, "TEXT", "many"),
    Option(
        "year_to_date",
        ("--year-to-date",),
        N_("What this buyer has already bought this year under an annual limit."),
        PARTIES,
        "NUMBER",
    ),
    Option(
        "registered",
        ("--registered",),
        N_("A scheme that the seller is registered for, for example eu_ioss."),
        PARTIES,
        "SCHEME",
        "many",
    ),
    Option(
        "state",
        ("--state", "--province"),
        N_("The state or province of the buyer: a code or a name, as ON or Ontario."),
        PARTIES,
        "TEXT",
    ),
    Option("postal_code", ("--postal-code",), N_("The postal code of the buyer."), PARTIES, "CODE"),
    Option("net_mass_kg", ("--kg", "--net-mass-kg"), N_("Net mass in kilograms."), MEASURES, "NUMBER"),
    Option("gross_mass_kg", ("--gross-kg", "--gross-mass-kg"), N_("Gross mass in kilograms."), MEASURES, "NUMBER"),
    Option("litres", ("--litres",), N_("Litres."), MEASURES, "NUMBER"),
    Option(
        "items", ("--items",), N_("The number of items a duty counts, if it is not the quantity."), MEASURES, "NUMBER"
    ),
    Option("pairs", ("--pairs",), N_("Pairs."), MEASURES, "NUMBER"),
    Option("square_metres", ("--square-metres",), N_("Square metres."), MEASURES, "NUMBER"),
    Option("cubic_metres", ("--cubic-metres",), N_("Cubic metres."), MEASURES, "NUMBER"),
    Option("head", ("--head",), N_("Head of livestock."), MEASURES, "NUMBER"),
    Option("alcohol_percent", ("--alcohol", "--alcohol-percent"), N_("Alcohol by volume, %."), MEASURES, "NUMBER"),
    Option("proof", ("--proof",), N_("The proof of origin available, or none."), OVERRIDES, "ID"),
    Option("asserted", ("--assert",), N_("A condition that you confirm, by its id."), OVERRIDES, "ID", "many"),
    Option("duty", ("--duty",), N_("A rate of duty that replaces the tariff's."), OVERRIDES, '"8 %"'),
    Option("rates", ("--rate",), N_("A rate of another charge, by its kind or id."), OVERRIDES, '"vat=9 %"', "many"),
    Option("tax_class", ("--tax-class",), N_("The tax class: standard, reduced, zero, exempt …"), OVERRIDES, "NAME"),
    OVERLAY,
    JSON,
    Option(
        "fields",
        ("--fields",),
        N_("With --json: only these parts, separated by commas; * for everything."),
        RESULT,
        "PATHS",
    ),
    Option("explain", ("--explain",), N_("Show the calculation and the law behind each figure."), RESULT, kind="flag"),
    Option("strict", ("--strict",), N_("Refuse estimated quotes (exit code 4)."), RESULT, kind="flag"),
    LANG,
    PACKS,
)
#: Options of `quote` that are not fields of the sale.
NOT_IN_SALE = frozenset({"file", "on", "json", "fields", "explain", "strict", "lang", "packs", "overlays"})

LAW = (
    Option(
        "words",
        (),
        N_("A country and a code (CN 0901.21); or diff, a country and optionally a code."),
        metavar="COUNTRY CODE | diff COUNTRY [CODE]",
        kind="arguments",
    ),
    ON,
    Option("since", ("--from",), N_("With diff: the earlier date."), SALE, "YYYY-MM-DD"),
    Option("until", ("--to",), N_("With diff: the later date."), SALE, "YYYY-MM-DD"),
    OVERLAY,
    *OUTPUT,
)
AGREEMENTS = (
    Option(
        "economies",
        (),
        N_("Two economies, for example VN CN."),
        metavar="COUNTRY COUNTRY",
        kind="arguments",
    ),
    Option("on", ("--on",), N_("The date of the law; by default today."), RESULT, "YYYY-MM-DD"),
    *OUTPUT,
)
GOODS = (
    Option(
        "words",
        (),
        N_("Words in any language with names of goods, or the first digits of a code."),
        metavar="WORDS… | CODE",
        kind="arguments",
    ),
    Option(
        "economy",
        ("--to",),
        N_("The country whose tariff lines are searched; by default the headings of the Harmonized System."),
        SALE,
        "COUNTRY",
        choices=("economies",),
    ),
    ON,
    Option("limit", ("--limit",), N_("The maximum number of results; by default 20."), RESULT, "NUMBER"),
    *OUTPUT,
)
PACKS_SHOW = (Option("name", (), N_("The pack, for example cn."), metavar="PACK", kind="required"), *OUTPUT)
PACKS_CHECK = (Option("paths", (), N_("The folders of the packs."), metavar="PATH…", kind="arguments"), *OUTPUT)

TABLE = N_("The table")

BATCH = (
    Option(
        "words",
        (),
        N_("The input table, or - for standard input; or: explain, and an output table; or: template, and a new file."),
        metavar="IN | explain OUT | template NEW",
        kind="arguments",
    ),
    Option("to", ("--out", "--to"), N_("The output file, or - for standard output."), TABLE, "OUT"),
    Option(
        "map",
        ("--map",),
        N_("Which field a column of the table gives; an empty field ignores the column."),
        TABLE,
        "THEIRS=OURS",
        "many",
    ),
    Option("set", ("--set",), N_("A field with the same value in all rows."), TABLE, "FIELD=VALUE", "many"),
    Option(
        "format_in", ("--format-in",), N_("The format of IN, if its name does not show it."), TABLE, "csv|tsv|jsonl|…"
    ),
    Option(
        "encoding",
        ("--encoding",),
        N_("The encoding of IN, if it is neither UTF-8 nor UTF-16, for example gb18030 or windows-874."),
        TABLE,
        "NAME",
    ),
    Option(
        "no_header",
        ("--no-header",),
        N_("The first row of IN is data: its columns are named column_1, column_2 and so on."),
        TABLE,
        kind="flag",
    ),
    Option("sheet", ("--sheet",), N_("The sheet of a workbook, if several have sales."), TABLE, "NAME"),
    Option(
        "format_out",
        ("--format-out",),
        N_("The format of OUT, if its name does not show it."),
        TABLE,
        "csv|tsv|jsonl|…",
    ),
    Option(
        "faults", ("--faults",), N_("Write the rows with errors, and the error of each, to this file."), TABLE, "FILE"
    ),
    Option("overwrite", ("--overwrite",), N_("Replace outputs that exist."), TABLE, kind="flag"),
    Option("resume", ("--resume",), N_("Store finished parts beside OUT, and resume from them."), TABLE, kind="flag"),
    Option("row", ("--row",), N_("With explain: the row number, starting at 1."), TABLE, "NUMBER"),
    ON,
    Option(
        "explain",
        ("--explain",),
        N_("Add columns with the law, the reasons and the rows of law that decided."),
        RESULT,
        kind="flag",
    ),
    Option("quiet", ("--quiet",), N_("Show no progress and no summary."), RESULT, kind="flag"),
    JSON,
    LANG,
    PACKS,
    OVERLAY,
)

#: Options that `compare` shares with `batch`.
_AS_BATCH = tuple(
    option
    for option in BATCH
    if option.name in ("map", "set", "format_in", "encoding", "no_header", "sheet", "overwrite")
)

COMPARE = (
    Option("source", (), N_("The input table, or - for standard input."), metavar="IN", kind="required"),
    OVERLAY,
    Option(
        "by",
        ("--by",),
        N_("Group by chapter, heading, origin, destination, way; separate several with commas."),
        TABLE,
        "chapter,origin,way",
        "many",
    ),
    Option(
        "to", ("--out", "--to"), N_("Write all groups to this file: .csv, .parquet, .arrow or .json."), TABLE, "FILE"
    ),
    Option("each", ("--each",), N_("Write all rows, each with both answers, to this file."), TABLE, "FILE"),
    Option("chart", ("--chart",), N_("Write a chart of the largest changes to this file (SVG)."), TABLE, "FILE.svg"),
    *_AS_BATCH,
    ON,
    Option("quiet", ("--quiet",), N_("Show no progress and no report."), RESULT, kind="flag"),
    JSON,
    LANG,
    PACKS,
)

SCHEDULE = N_("The schedule")
#: The built-in formats of `schedules.formats`; not imported from there, so that a quote starts fast.
SCHEDULE_FORMATS = (
    *("jp", "us", "gb", "vn", "tw", "id", "no", "kr", "ukgt", "uk_preferences", "uk_measures", "taric", "wits"),
    "plain",
)

_SCHEDULE_NAME = Option("name", (), N_("A schedule, by its name in the list."), metavar="ID", kind="required")
_READING_OPTIONS = (
    Option(
        "format",
        ("--format",),
        N_("The format, if it is not recognized from the file."),
        SCHEDULE,
        "|".join(SCHEDULE_FORMATS),
        choices=SCHEDULE_FORMATS,
    ),
    Option(
        "since", ("--since",), N_("The first date it is in force, if the file does not say."), SCHEDULE, "YYYY-MM-DD"
    ),
    Option("until", ("--until",), N_("The first date it is no longer in force."), SCHEDULE, "YYYY-MM-DD"),
    Option("id", ("--id",), N_("Its name in the list; by default its date."), SCHEDULE, "NAME"),
    Option("title", ("--title",), N_("The title of the source."), SCHEDULE),
    Option("authority", ("--authority",), N_("The authority that published it."), SCHEDULE),
    Option("url", ("--url",), N_("The web address at which it was published."), SCHEDULE, "URL"),
    Option("replace", ("--replace",), N_("Replace an installed schedule of this name."), SCHEDULE, kind="flag"),
    Option("report", ("--report",), N_("Write every cell that could not be read to this file (CSV)."), RESULT, "FILE"),
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
        N_("A pack or a country; some also need the codes of the goods."),
        metavar="PACK [CODE…]",
        kind="arguments",
    ),
    Option("folder", ("--to",), N_("The folder for the files; by default the user's data folder."), SCHEDULE, "DIR"),
    *_READING_OPTIONS,
    *OUTPUT,
)
SCHEDULE_SHOW = (_SCHEDULE_NAME, *OUTPUT)
SCHEDULE_REMOVE = (
    _SCHEDULE_NAME,
    Option("yes", ("--yes", "-y"), N_("Do not ask for confirmation."), RESULT, kind="flag"),
    *OUTPUT,
)
SCHEDULE_DIFF = (
    Option(
        "words",
        (),
        N_("Two schedules, or one to compare with the rows of its pack."),
        metavar="ID [ID]",
        kind="arguments",
    ),
    ON,
    Option("treatment", ("--treatment",), N_("Only this treatment, for example mfn."), RESULT, "ID"),
    Option("all", ("--all",), N_("Show every line."), RESULT, kind="flag"),
    *OUTPUT,
)

RATES = N_("The exchange rates")
_KEEPING_OPTIONS = (
    Option(
        "currency_in",
        ("--in",),
        N_("The currency that the rates of a CSV are in, if it has no column for it."),
        RATES,
        "CNY",
    ),
    Option("id", ("--id",), N_("The set to add them to; by default by the file's name."), RATES, "NAME"),
    Option("title", ("--title",), N_("The title of the source."), RATES),
    Option("replace", ("--replace",), N_("Replace kept rates of the same day."), RATES, kind="flag"),
)
RATES_ADD = (
    Option(
        "words",
        (),
        N_("Files of rates: those of the European Central Bank or of HMRC, or CSV (currency, rate, date)."),
        metavar="FILE…",
        kind="arguments",
    ),
    *_KEEPING_OPTIONS,
    *OUTPUT,
)
RATES_GET = (
    Option(
        "word",
        (),
        N_("ecb (the day's rates), ecb-90d (of 90 days), gb (this month's of HMRC), or an address; by default ecb."),
        metavar="[NAME]",
        kind="argument",
    ),
    *_KEEPING_OPTIONS,
    *OUTPUT,
)
RATES_REMOVE = (Option("name", (), N_("The id of a set of rates."), metavar="ID", kind="required"), *OUTPUT)

SERVER = N_("The web server")
KEY = N_("The key")
#: The scopes of `store.keys`; not imported from there, so that a quote starts fast.
SCOPES = ("quotes", "batch", "law", "trade")

SERVE = (
    Option(
        "host", ("--host",), N_("The address to listen on; 127.0.0.1 accepts only this machine."), SERVER, "ADDRESS"
    ),
    Option("port", ("--port",), N_("The port; by default 8000."), SERVER, "NUMBER"),
    Option(
        "workers",
        ("--workers",),
        N_("The number of worker processes; by default one per core, at most four."),
        SERVER,
        "NUMBER",
    ),
    Option(
        "background",
        ("--background",),
        N_("The number of processes that send messages and run jobs; by default 1, 0 for none."),
        SERVER,
        "NUMBER",
    ),
    LANG,
)
ADMIN = (
    Option("name", (), N_("The name to sign in with."), metavar="NAME", kind="required"),
    Option(
        "reset_two_factor",
        ("--reset-two-factor",),
        N_("Only turn two-factor authentication off, for somebody who lost the telephone and the recovery codes."),
        SERVER,
        kind="flag",
    ),
    LANG,
)
#: The sandbox reads its own words.
SANDBOX = (CONTEXT,)
KEYS_CREATE = (
    Option("name", (), N_("What the key is for, for example the name of a shop."), metavar="NAME", kind="required"),
    Option(
        "scopes", ("--scope",), N_("A scope of the key. Repeatable."), KEY, "|".join(SCOPES), "many", choices=SCOPES
    ),
    Option(
        "sandbox", ("--sandbox",), N_("Only for the invented economy ZZ: for tests and examples."), KEY, kind="flag"
    ),
    Option("organization", ("--organization",), N_("The organization that the key belongs to, by its id."), KEY, "ID"),
    Option(
        "origins",
        ("--origin",),
        N_("A web site whose pages may have the key, such as https://shop.example: only quotes. Repeatable."),
        KEY,
        "ORIGIN",
        "many",
    ),
    Option("per_minute", ("--per-minute",), N_("The rate limit, requests per minute; by default 6000."), KEY, "NUMBER"),
    *WITHOUT_PACKS,
)
KEYS_LIST = (CONTEXT, *WITHOUT_PACKS)
KEYS_REVOKE = (Option("name", (), N_("The id of the key."), metavar="ID", kind="required"), *WITHOUT_PACKS)
