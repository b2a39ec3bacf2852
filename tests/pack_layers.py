"""Creates layers over the pack of Exampleland, and quotes under them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import entrepot
from entrepot.law.library import Library
from entrepot.model.quote import Quote

PACKS = Path(__file__).resolve().parents[1] / "packs"
SOURCE = '\n[source.schedule]\ntitle = "Schedule"\nauthority = "Exampleland Customs"\n'


def layer(folder: Path, head: str, toml: str = "", pack: str = "zz", **tables: str) -> Path:
    """Write a layer over a pack; the tables lack their last columns, which are the same in all rows."""
    folder.mkdir(parents=True)
    (folder / "layer.toml").write_text(f'format = 1\n[layer]\npack = "{pack}"\nid = "{folder.name}"\n{head}\n{SOURCE}')
    if toml:
        (folder / "pack.toml").write_text(f"format = 1\n{toml}")
    for name, text in tables.items():
        header, *rows = text.strip().splitlines()
        dated = "since" in header
        more = ("", "") if dated else (",since", ",2026-05-01")
        lines = [f"{header}{more[0]},cite,trust", *(f"{row}{more[1]},schedule,published" for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def schedule(data: Path, name: str, tariff: str, head: str = "since = 2026-05-01", **tables: str) -> Path:
    """Write a schedule that covers MFN completely, among the user's data."""
    words = f'kind = "schedule"\ntrust = "published"\ntitle = "Schedule of Exampleland"\n{head}'
    if "replaces" not in head:
        words += '\nreplaces = ["mfn"]'
    return layer(data / "schedules" / "zz" / name, words, tariff=tariff, **tables)


def library_with(tmp_path: Path, *overlays: Path, packs: Path = PACKS) -> Library:
    """The packs, with the schedules and overlays of a test."""
    return Library(packs, tmp_path / "cache", overlays=overlays, data=tmp_path / "data")


def sale(code: str = "69111000", origin: str = "AU", **more: Any) -> dict[str, Any]:
    """Goods worth 1,000 to a business in Exampleland by sea, with insurance and freight of zero."""
    line = {"hs_code": code, "amount": "1000.00", "country_of_origin": origin, **more.pop("line", {})}
    return {
        "ship_from": {"country": origin},
        "ship_to": {"country": "ZZ"},
        "currency": "ZZD",
        "buyer": {"kind": "business"},
        "shipping_cost": "0",
        "insurance_cost": "0",
        "transport": "sea",
        "lines": [line],
        **more,
    }


def quoted(library: Library, on: str, code: str = "69111000", origin: str = "AU", **more: Any) -> Quote:
    return entrepot.quote(sale(code, origin, **more), on=dt.date.fromisoformat(on), packs=library)


def ordinary_charges(quote: Quote) -> dict[str, str | None]:
    """The charges of ordinary import."""
    option = next(option for option in quote.options if option.regime == "ordinary")
    return {charge.id: charge.amount for charge in option.charges}


def ordinary_duty(library: Library, on: str, code: str = "69111000", origin: str = "AU", **more: Any) -> str | None:
    return ordinary_charges(quoted(library, on, code, origin, **more)).get("duty")
