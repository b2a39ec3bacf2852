"""The columns that each table of a pack must have: name -> (kind of cell, needed); and what a cell may choose from."""

from __future__ import annotations

from typing import Any

from entrepot.model.rule_kinds import TRANSPORTS

#: Of each table, its columns: name -> (kind of cell, required). `key` names what may not overlap in time.
LAW: dict[str, tuple[str, bool]] = {
    "since": ("day", True),
    "until": ("day", False),
    "cite": ("cites", True),
    "trust": ("trust", True),
    "note": ("text", False),
}
WHO = {"buyer": ("buyer", False), "channel": ("channels", False), "transport": ("transports", False)}
TABLES: dict[str, dict[str, Any]] = {
    "goods": {"columns": {"goods": ("goods", True)}, "names": True, "key": ("goods",)},
    "tariff": {
        "columns": {
            "goods": ("goods", True),
            "treatment": ("id", True),
            "origin": ("economies", False),
            "season": ("season", False),
            "scope": ("scope", False),
            "rate": ("rate", True),
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
            **WHO,
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
            "regime": ("ids", False),
            "buyer": ("buyer", False),
            "authority": ("text", True),
            "says": ("text", True),
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
    "headings": {"columns": {"goods": ("goods", True)}, "names": True, "key": ("goods",)},
    "services": {
        "columns": {"service": ("id", True), "title": ("text", True), "cpc": ("text", False)},
        "key": ("service",),
    },
}

#: Tables that only the world pack has.
OF_THE_WORLD = ("economies", "currencies", "headings", "services")

CHOICES: dict[str, tuple[str, ...]] = {
    "trust": ("official", "published", "unchecked"),
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
}
WORDS_OF: dict[str, tuple[str, ...]] = {
    "channels": ("ecommerce", "trade", "personal"),
    "transports": TRANSPORTS,
}
