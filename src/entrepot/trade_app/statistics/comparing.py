"""The mirror of two nodes and the rankings of published statistics, as JSON shows them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from entrepot import configuration
from entrepot.connect.statistics import files
from entrepot.measure.lines import LedgerLine
from entrepot.measure.mirror import Mirror, Side, mirror
from entrepot.measure.published import Claim, Place, Published, Ranking
from entrepot.model.money import in_major
from entrepot.trade_app.statistics.collect import decimals_of, rate_to


def compare(
    ours: Sequence[LedgerLine],
    theirs: Sequence[LedgerLine],
    economies: tuple[str, str],
    period: str,
    currency: str,
) -> tuple[Mirror, int]:
    """The mirror of the lines of two nodes, and the decimals of its currency. Raises TradeError."""
    rate, decimals = rate_to(currency), decimals_of(currency)
    exporter, importer = economies
    return mirror(Side(exporter, ours, rate), Side(importer, theirs, rate), period, currency), decimals


def mirror_json(found: Mirror, decimals: int) -> dict[str, Any]:
    """The mirror as JSON. Amounts are decimals in major units; the reasons add up to the gap.

    `compared`: whether a side has a line of the period; if not, there are no amounts.
    """
    compared = found.lines > 0

    def major(amount: int) -> str | None:
        return in_major(amount, decimals) if compared else None

    return {
        "object": "mirror",
        "exporter": found.exporter,
        "importer": found.importer,
        "period": found.period,
        "measure": found.measure,
        "currency": found.currency,
        "exports": major(found.exports),
        "imports": major(found.imports),
        "gap": major(found.gap),
        "explained": major(found.explained),
        "compared": compared,
        "lines": found.lines,
        "matched": found.matched,
        "asymmetry_permille": found.asymmetry,
        "reasons": [{"reason": name, "amount": major(amount)} for name, amount in found.reasons.items()],
    }


def list_published() -> list[Published]:
    """All published statistics that were added to this node, by id."""
    return files.kept(configuration.data_folder(os.environ))


def find_published(set_id: str) -> Published:
    """Published statistics that were added to this node. Raises TradeError."""
    return files.find(configuration.data_folder(os.environ), set_id)


def source_json(found: Published) -> dict[str, Any]:
    """What published statistics are: with each figure."""
    return {
        "object": "published_statistics",
        "id": found.id,
        "title": found.title,
        "definition": found.definition,
        "publisher": found.publisher,
        "vintage": found.vintage,
        "unit": found.unit,
        "multiplier": found.multiplier,
        "sha256": found.sha256,
        "years": found.years(),
        "left_out": list(found.left_out),
    }


def ranking_json(found: Ranking, first: int) -> dict[str, Any]:
    """A ranking as JSON."""
    return {
        "object": "ranking",
        "source": source_json(found.source),
        "year": found.year,
        "flow": found.flow,
        "places": [_place(each) for each in found.places[:first]],
        "missing": list(found.missing),
    }


def claim_json(source: Published, claim: Claim) -> dict[str, Any]:
    """The answer to a claim as JSON. `among_first`: null where the value of the economy is not known."""
    return {
        "object": "claim",
        "source": source_json(source),
        "area": claim.area,
        "first": claim.first,
        "answers": [
            {"year": year, "flow": flow, "place": _place(place) if place else None, "among_first": holds}
            for year, flow, place, holds in claim.answers
        ],
    }


def _place(each: Place) -> dict[str, Any]:
    return {"rank": each.rank, "area": each.area, "value": format(each.value, "f")}
