"""What a pack speaks of, so that sales can be drawn where its rules bite."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from .read import SERVICE, Pack, Row, load_all, names

FIRST, LAST = date(2019, 1, 1), date(2026, 12, 31)
MONEY = re.compile(r"(\d+(?:\.\d+)?) ([A-Z]{3})\b")

# A treatment (or none), goods, an origin, and a day on which they meet.
Offer = tuple[str, str, str, str]


@dataclass(frozen=True)
class Facts:
    """The values of one pack worth drawing."""

    id: str
    currency: str
    economies: list[str]
    states: list[str]
    prefixes: list[str]
    origins: list[str]
    proofs: list[str]
    registrations: list[str]
    conditions: list[str]
    limits: list[str]
    days: list[str]
    services: list[str]
    foreign: list[str]
    classes: list[str]
    charges: list[str]
    rated: list[str]
    offers: list[Offer]
    hits: list[Offer]


def toml_rows(pack: Pack, section: str) -> list[Row]:
    """The entries of a section, whatever their dates."""
    return list(pack.head.get(section, []))


def some(values: set[str], least: str) -> list[str]:
    """The values in order, or one that is harmless where there is none."""
    return sorted(values - {""}) or [least]


def prefixes_of(pack: Pack) -> set[str]:
    """Every prefix of goods that a row names."""
    found: set[str] = set()
    for rows in pack.tables.values():
        for row in rows:
            for column in ("goods", "excludes"):
                found.update(name for name in names(row.get(column)) if name.isdigit())
    for row in toml_rows(pack, "condition"):
        for cell in (row.get("goods"), row["test"].get("goods_in"), row["test"].get("goods_not_in")):
            found.update(names(cell))
    return found - {"*"}


def economies_of(pack: Pack, world: Pack) -> tuple[set[str], set[str]]:
    """The origins that a pack's rows name or treat apart, and the proofs of their treatments."""
    used = {row["treatment"] for row in pack.tables.get("tariff", [])}
    found: set[str] = set()
    for rows in pack.tables.values():
        for row in rows:
            for column in ("origin", "ship_from"):
                found.update(name.lstrip("!") for name in names(row.get(column)))
    for source in (world, pack):
        found.update(row["economy"] for row in source.tables.get("members", []) if row["treatment"] in used)
    proofs = set(used)
    for source in (world, pack):
        for row in toml_rows(source, "treatment"):
            if row["id"] in used:
                proofs.update(names(row.get("proofs")))
    return {name for name in found if len(name) == 2}, proofs - {"mfn", "general", "provisional"}


def limits_of(pack: Pack, world: Pack) -> set[str]:
    """The amounts of thresholds, conditions, waivers and bands, as `150 EUR`."""
    found = {f"{row['amount']} {row.get('currency') or pack.currency}" for row in pack.tables.get("thresholds", [])}
    for row in toml_rows(pack, "condition"):
        for value in row["test"].values():
            found.update(" ".join(pair) for pair in MONEY.findall(str(value)))
    used = {row["treatment"] for row in pack.tables.get("tariff", [])}
    for source in (world, pack):
        found.update(row["waiver"] for row in toml_rows(source, "treatment") if row.get("waiver") and row["id"] in used)
    for row in pack.tables.get("taxes", []):
        found.update(f"{row[key]} {pack.currency}" for key in ("over", "up_to") if row.get(key))
    return found


def days_of(pack: Pack) -> set[str]:
    """The days on which the law changes, and the days before."""
    found: set[str] = set()
    rows = [row for table in pack.tables.values() for row in table]
    for section in ("regime", "charge", "condition", "treatment", "valuation"):
        rows += toml_rows(pack, section)
    for text in {str(row.get(key) or "") for row in rows for key in ("since", "until")} - {""}:
        day = date.fromisoformat(text)
        found.update(str(other) for other in (day, day - timedelta(days=1)) if FIRST <= other <= LAST)
    return found


def currencies_of(pack: Pack, limits: set[str]) -> set[str]:
    """Every currency but the pack's own that its law names."""
    texts = [row.get("rate", "") for rows in pack.tables.values() for row in rows]
    texts += [row.get("unit_value", "") for name in ("classes", "goods") for row in pack.tables.get(name, [])]
    texts += [str(row["rate"]) for row in toml_rows(pack, "charge")] + list(limits)
    found = {match.group(1) for text in texts for match in re.finditer(r"\b([A-Z]{3})\b", text)}
    return found - {pack.currency}


def last_day(*untils: str) -> str:
    """The last day before the first of some ends, or a day of 2026."""
    ends = [until for until in untils if FIRST.isoformat() < until <= LAST.isoformat()]
    return str(date.fromisoformat(min(ends)) - timedelta(days=1)) if ends else "2026-06-15"


def rated_of(pack: Pack) -> set[str]:
    """The goods whose rate for everybody the pack knows."""
    return {
        row["goods"]
        for row in pack.tables.get("tariff", [])
        if row["treatment"] == "mfn" and row["goods"].isdigit() and row["rate"] not in ("unknown", "none")
    }


def offers_of(pack: Pack, world: Pack) -> list[Offer]:
    """Treatments with goods and an origin that may have them."""
    ends = {
        row["id"]: str(row.get("until") or "") for source in (world, pack) for row in toml_rows(source, "treatment")
    }
    members: dict[str, list[str]] = {}
    for source in (world, pack):
        for row in source.tables.get("members", []):
            if row["economy"] not in pack.economies:
                members.setdefault(row["treatment"], []).append(row["economy"])
    rated = sorted(rated_of(pack))
    found = []
    for at, row in enumerate(pack.tables.get("tariff", [])):
        origins = [name for name in names(row.get("origin")) if len(name) == 2] or members.get(row["treatment"], [])
        goods = row["goods"] if row["goods"].isdigit() else rated[at % len(rated)] if rated else "610910"
        if row["treatment"] not in ("mfn", "general", "provisional") and origins and row["rate"] != "none":
            day = last_day(row.get("until", ""), ends.get(row["treatment"], ""))
            found += [(row["treatment"], goods, origins[n % len(origins)], day) for n in (at, at * 7 + 3)]
    return found


def hits_of(pack: Pack) -> list[Offer]:
    """Goods and origins that the law is hard on: additional duties, and goods of origins without MFN."""
    rated = some(rated_of(pack), "610910")
    found = []
    for at, row in enumerate(pack.tables.get("additional", [])):
        goods = row["goods"] if row["goods"].isdigit() else rated[at % len(rated)]
        listed = names(row.get("origin"))
        origins = listed if listed and not listed[0].startswith("!") else ["CN", "US"]
        found += [("", goods, origin, last_day(row.get("until", ""))) for origin in origins[:3]]
    general = [row["goods"] for row in pack.tables.get("tariff", []) if row["treatment"] == "general"]
    known = [goods for goods in general if goods.isdigit()]
    found += [("", goods, "KP", "2026-06-15") for goods in known[:: 1 + len(known) // 20]]
    return found


def facts_of(pack: Pack, world: Pack) -> Facts:
    """Gather what one pack speaks of."""
    origins, proofs = economies_of(pack, world)
    limits = limits_of(pack, world)
    places = {name for row in pack.tables.get("taxes", []) for name in names(row.get("place"))}
    places |= {name for row in toml_rows(pack, "charge") for name in names(row.get("place"))}
    schemes: set[str] = set()
    for row in pack.tables.get("thresholds", []) + toml_rows(pack, "charge"):
        schemes.update(names(row.get("registered")) + names(row.get("unregistered")))
    for row in toml_rows(pack, "condition"):
        schemes.update(names(row["test"].get("registered")) + names(row["test"].get("unregistered")))
    services = {row["service"] for row in world.tables.get("services", [])}
    for row in pack.tables.get("classes", []):
        services.update(name.removeprefix(SERVICE) for name in names(row["goods"]) if name.startswith(SERVICE))
    return Facts(
        id=pack.id,
        currency=pack.currency,
        economies=pack.economies,
        states=some({place.split("-", 1)[1] for place in places if "-" in place}, "XX"),
        prefixes=some(prefixes_of(pack), "61"),
        origins=some(origins | {"CN", "VN", "US", "DE", "KP"}, "CN"),
        proofs=some(proofs, "none"),
        registrations=some(schemes, "eu_ioss"),
        conditions=some({row["id"] for row in toml_rows(pack, "condition")} | {"direct_consignment"}, ""),
        limits=some(limits, f"100 {pack.currency}"),
        days=some(days_of(pack), "2026-06-01"),
        services=some(services - {"*"}, "software"),
        foreign=some(currencies_of(pack, limits) - {"FOB", "CIF"}, "USD" if pack.currency != "USD" else "EUR"),
        classes=some({row["class"] for row in pack.tables.get("taxes", [])}, "standard"),
        charges=sorted({row["id"] for row in toml_rows(pack, "charge")}),
        rated=some(rated_of(pack), "610910"),
        offers=offers_of(pack, world),
        hits=hits_of(pack),
    )


@lru_cache(maxsize=4)
def all_facts(packs: Path) -> dict[str, Facts]:
    """The facts of every pack that has regimes and tables."""
    found = load_all(packs)
    return {key: facts_of(pack, found["world"]) for key, pack in found.items() if pack.head.get("regime")}


def assessed_packs(packs: Path) -> list[str]:
    """The ids of the packs of which `all_facts` has facts, by reading only their heads."""
    heads = {file.parent.name: tomllib.loads(file.read_text(encoding="utf-8")) for file in packs.glob("*/pack.toml")}
    return sorted(name for name, head in heads.items() if head.get("regime"))


@lru_cache(maxsize=4)
def headings(packs: Path) -> list[str]:
    """The six-digit subheadings of the world."""
    return [row["goods"] for row in load_all(packs)["world"].tables["headings"] if len(row["goods"]) == 6]


@lru_cache(maxsize=4)
def decimals_of(packs: Path) -> dict[str, int]:
    """The decimals of every currency."""
    return {row["currency"]: int(row["decimals"]) for row in load_all(packs)["world"].tables["currencies"]}


# What one US dollar buys of each currency, roughly: drawn rates are near these, and never checked against a market.
PER_DOLLAR = {
    "EUR": "0.9", "CNY": "7.1", "JPY": "150", "GBP": "0.8", "VND": "25000", "IDR": "15500", "KRW": "1350",
    "AUD": "1.5", "CAD": "1.36", "THB": "34", "MYR": "4.5", "SGD": "1.34", "INR": "84", "HKD": "7.8", "TWD": "32",
    "RON": "4.6", "MXN": "18", "BRL": "5.5", "SAR": "3.75", "AED": "3.67", "CHF": "0.88", "NZD": "1.65", "PHP": "57",
}  # fmt: skip


def near(of: str, currency: str) -> Decimal:
    """About how many units of one currency a unit of another is worth."""
    return Decimal(PER_DOLLAR.get(of, "1")) / Decimal(PER_DOLLAR.get(currency, "1"))
