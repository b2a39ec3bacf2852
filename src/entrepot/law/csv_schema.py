"""The columns of each table of a pack, the files of a table, and the values allowed in a cell."""

from __future__ import annotations

import re
from typing import Any

from entrepot.model.agreement_words import (
    AGREEMENT_KINDS,
    AGREEMENT_STATES,
    CAPABILITIES,
    EFFECTS,
    FORCES,
    RESERVATIONS,
    TOPICS,
)
from entrepot.model.data_words import DATA_CATEGORIES, EXPORTERS, MECHANISMS, TRANSFER_GROUNDS, TRANSFER_OUTCOMES
from entrepot.model.rule_kinds import TRANSPORTS
from entrepot.model.sources import TRUST

#: Column -> (kind of cell, required). These columns are in every table; `key` names the columns of a table whose rows
#: may not overlap in time if they are equal there.
DATED_COLUMNS: dict[str, tuple[str, bool]] = {
    "since": ("day", True),
    "until": ("day", False),
    "cite": ("cites", True),
    "trust": ("trust", True),
    "note": ("text", False),
}
SALE_COLUMNS = {"buyer": ("buyer", False), "channel": ("channels", False), "transport": ("transports", False)}
#: What economies have agreed on digital trade. No quote reads these tables: `law.agreements` compiles them apart.
AGREEMENT_TABLES: dict[str, dict[str, Any]] = {
    "agreements": {
        "columns": {
            "agreement": ("id", True),
            "title": ("text", True),
            "kind": ("agreement_kind", True),
            "state": ("agreement_state", True),
            "signed": ("day", False),
            "parties_of": ("id", False),
            "signatories": ("economies", False),
        },
        "key": ("agreement",),
    },
    "parties": {
        "columns": {
            "agreement": ("id", True),
            "economy": ("economy", True),
            "partners": ("economies", False),
            "body": ("text", False),
        },
        "key": ("agreement", "economy", "partners"),
    },
    "provisions": {
        "columns": {
            "agreement": ("id", True),
            "article": ("text", False),
            "topic": ("topic", True),
            "force": ("force", True),
            "effect": ("effect", True),
            "capabilities": ("capabilities", False),
            "direction": ("direction", False),
            "condition": ("text", False),
            "exceptions": ("exceptions", False),
            "disputes": ("disputes", False),
        },
        "key": ("agreement", "article", "topic"),
    },
    "reservations": {
        "columns": {
            "agreement": ("id", True),
            "article": ("text", True),
            "economy": ("economy", True),
            "kind": ("reservation", True),
        },
        "key": ("agreement", "article", "economy", "kind"),
    },
}
TABLES: dict[str, dict[str, Any]] = {
    "goods": {
        "columns": {"goods": ("goods", True), "unit_value": ("unit_band", False)},
        "names": True,
        "key": ("goods",),
    },
    "tariff": {
        "columns": {
            "goods": ("goods_of_row", True),
            "treatment": ("id", True),
            "origin": ("economies", False),
            "season": ("season", False),
            "scope": ("scope", False),
            "rate": ("rate", True),
            "lines": ("lines", False),
        },
        "key": ("goods", "treatment", "origin", "season", "scope"),
    },
    "classes": {
        "columns": {
            "goods": ("goods", True),
            "tax": ("id", True),
            "class": ("id", True),
            "unit_value": ("unit_value", False),
        },
        "key": ("goods", "tax", "unit_value"),
    },
    "taxes": {
        "columns": {
            "tax": ("id", True),
            "class": ("id", True),
            "place": ("place", False),
            "over": ("amount", False),
            "up_to": ("amount", False),
            "rate": ("rate", True),
            "floor": ("amount", False),
            "cap": ("amount", False),
        },
        "key": ("tax", "class", "place", "over"),
    },
    "thresholds": {
        "columns": {
            "id": ("id", True),
            "regime": ("ids", True),
            "relieves": ("ids", True),
            "tests": ("sum", True),
            "per": ("per", False),
            "compare": ("compare", True),
            "amount": ("amount", True),
            "currency": ("currency", True),
            "without_exchange": ("money_span", False),
            **SALE_COLUMNS,
            "registered": ("id", False),
            "unregistered": ("id", False),
            "origin": ("economies", False),
            "ship_from": ("economies", False),
            "goods": ("goods_list", False),
            "excludes": ("goods_list", False),
            "says": ("text", False),
        },
        "key": ("id",),
    },
    "additional": {
        "columns": {
            "programme": ("id", True),
            "goods": ("goods", True),
            "origin": ("economies", False),
            "rate": ("rate", True),
            "name": ("text", False),
        },
        "key": ("programme", "goods", "origin"),
    },
    "lists": {
        "columns": {"list": ("id", True), "goods": ("goods", True), "member": ("member", True)},
        "key": ("list", "goods"),
    },
    "members": {
        "columns": {"treatment": ("id", True), "economy": ("economy", True), "partners": ("economies", False)},
        "key": ("treatment", "economy", "partners"),
    },
    "permits": {
        "columns": {
            "id": ("id", True),
            "kind": ("permit", True),
            "goods": ("goods_list", False),
            "origin": ("economies", False),
            "ship_from": ("economies", False),
            "ship_to": ("economies", False),
            "regime": ("ids", False),
            "buyer": ("buyer", False),
            "authority": ("text", True),
            "says": ("text", True),
        },
        "key": ("id",),
    },
    "limits": {
        "columns": {
            "id": ("id", True),
            "goods": ("goods_list", False),
            "origin": ("economies", False),
            "ship_from": ("economies", False),
            "ship_to": ("economies", False),
            "regime": ("ids", False),
            "buyer": ("buyer", False),
            "says": ("text", True),
        },
        "key": ("id",),
    },
    "transfers": {
        "columns": {
            "id": ("id", True),
            "origin": ("economies", False),
            "destination": ("economies", False),
            "category": ("data_categories", True),
            "ground": ("transfer_grounds", False),
            "exporter": ("exporters", False),
            "people_from": ("people", False),
            "people_to": ("people", False),
            "outcome": ("transfer_outcome", True),
            "mechanism": ("mechanisms", False),
            "due_within_days": ("people", False),
            "authority": ("text", False),
        },
        "key": ("id",),
    },
    "exchange": {
        "columns": {"currency": ("currency", True), "rate": ("amount", True)},
        "key": ("currency",),
    },
    "economies": {
        "columns": {
            "economy": ("economy", True),
            "title": ("text", True),
            "currency": ("currency", False),
            "pack": ("id", False),
        },
        "key": ("economy",),
    },
    "currencies": {
        "columns": {"currency": ("currency", True), "title": ("text", True), "decimals": ("count", True)},
        "key": ("currency",),
    },
    "subdivisions": {
        "columns": {"place": ("place", True), "also": ("text", False)},
        "names": True,
        "key": ("place",),
    },
    "headings": {"columns": {"goods": ("goods", True)}, "names": True, "key": ("goods",)},
    "services": {
        "columns": {"service": ("id", True), "title": ("text", True), "cpc": ("text", False)},
        "key": ("service",),
    },
    # Rules about people that no quote reads: `law.periods` compiles them apart.
    "periods": {
        "columns": {"kind": ("period", True), "economy": ("economy", True), "years": ("count", True)},
        "key": ("kind", "economy"),
    },
    **AGREEMENT_TABLES,
}

#: Tables that only the world pack may have.
WORLD_ONLY = ("economies", "subdivisions", "currencies", "headings", "services", "periods", *AGREEMENT_TABLES)

CHOICES: dict[str, tuple[str, ...]] = {
    "trust": TRUST,
    "scope": ("", "part"),
    "per": ("", "consignment", "line", "item"),
    "compare": ("at_most", "below"),
    "member": ("yes", "no", "unknown"),
    "permit": (
        "prohibition",
        "licence",
        "registration",
        "certificate",
        "label",
        "document",
        "data_rule",
        "market_access",
    ),
    "buyer": ("", "consumer", "business"),
    "period": ("medical_records", "age_of_majority"),
    "agreement_kind": AGREEMENT_KINDS,
    "agreement_state": AGREEMENT_STATES,
    "topic": TOPICS,
    "force": FORCES,
    "effect": EFFECTS,
    "direction": ("", "from", "to"),
    "disputes": ("", "yes", "no"),
    "reservation": RESERVATIONS,
    "transfer_outcome": TRANSFER_OUTCOMES,
}
MULTIPLE_CHOICES: dict[str, tuple[str, ...]] = {
    "capabilities": CAPABILITIES,
    "exceptions": ("security", "public_policy", "prudential", "government_data"),
    "data_categories": DATA_CATEGORIES,
    "transfer_grounds": TRANSFER_GROUNDS,
    "exporters": EXPORTERS,
    "mechanisms": MECHANISMS,
    "channels": ("ecommerce", "trade", "personal"),
    "transports": TRANSPORTS,
}

#: A line before the header of a table: the value of a column in every row of the file.
_COMMON_VALUE = re.compile(r"#\s*([a-z_]+)\s*:\s*(.*)")


def table_of(stem: str) -> str:
    """The table of a file, by its name without `.csv`: a table may have further files, such as `tariff_hs6.csv`.

    >>> table_of("tariff"), table_of("tariff_hs6"), table_of("tarif_hs6")
    ('tariff', 'tariff', 'tarif_hs6')
    """
    table = stem.partition("_")[0]
    return table if table in TABLES else stem


def common_values(text: str) -> tuple[dict[str, str], dict[str, int], str]:
    r"""The lines `# column: value` before the header of a table, the line number of each, and the rest of the text.

    A value applies to every row. Other lines that begin with `#` are comments. The rest has an empty line in place of
    each, so that its line numbers are those of the file.

    >>> common_values("# rates of the edition of 2022\n# trust: published\ngoods,rate\n")
    ({'trust': 'published'}, {'trust': 2}, '\n\ngoods,rate\n')
    """
    values: dict[str, str] = {}
    numbers: dict[str, int] = {}
    lines = text.split("\n")
    for position, line in enumerate(lines):
        if not line.startswith("#"):
            break
        if found := _COMMON_VALUE.fullmatch(line.rstrip()):
            values[found[1]], numbers[found[1]] = found[2], position + 1
        lines[position] = ""
    return values, numbers, "\n".join(lines)
