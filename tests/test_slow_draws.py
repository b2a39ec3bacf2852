"""The drawn sales reach every kind of rule, so that the strategies do not draw only simple sales."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings

from slow.compare import engine
from slow.draw import sales
from slow.facts import all_facts, assessed_packs

PACKS = Path(__file__).resolve().parent.parent / "packs"
#: The packs of the quick run.
QUICK = ("jp", "zz")


def seen(pack: str, count: int, first: int = 1) -> Counter[str]:
    """What a number of drawn sales into a pack meet, by the engine's quotes. `first`: where the random numbers begin.

    Not by the slow oracle, which takes several times as long: `test_slow_agrees.py` compares the two.
    """
    found: Counter[str] = Counter()

    @seed(first)
    @settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(sales(PACKS, pack))
    def draw(sale: dict[str, Any]) -> None:
        quote = engine(sale)
        if quote is None:
            found["fault"] += 1
            return
        found["best" if quote["best"] else "no best"] += 1
        for option in quote["options"]:
            found[option["status"]] += 1
            for charge in option.get("charges", ()):
                most = charge.get("amount") or charge.get("amount_high")
                charged = most is not None and bool(Decimal(most))
                found["unknown" if most is None else "charged" if charged else "nil"] += 1
                found[f"charge {charge['id']}"] += charged
            found.update(
                {f"treatment {(line.get('treatment') or {'id': 'none'})['id']}" for line in option.get("lines", ())}
            )

    draw()
    return found


@pytest.mark.parametrize(
    "pack",
    [pytest.param(pack, marks=[] if pack in QUICK else pytest.mark.long) for pack in assessed_packs(PACKS)],
)
def test_every_pack_is_reached(pack: str) -> None:
    """Some sale into every pack has a best way, some has none."""
    found = seen(pack, 25)
    assert found["best"]
    assert found["charged"] + found["nil"]


@pytest.mark.long
def test_every_kind_of_rule_of_exampleland_is_reached() -> None:
    """The invented law has every kind of rule; the draws meet each charge, treatment and status."""
    wanted = {"best", "no best", "open", "conditional", "closed", "unknown", "charged", "nil"}
    wanted |= {f"treatment {name}" for name in ("mfn", "general", "zz_fta", "ldc", "gsp", "none")}
    charges = all_facts(PACKS)["zz"].charges
    wanted |= {f"charge {name}" for name in charges}
    found: Counter[str] = Counter()
    # Hypothesis also draws constants of the modules that other tests have imported: which draw meets a rule differs.
    for first in range(1, 61):
        found += seen("zz", 50, first)
        if wanted <= found.keys():
            break
    assert wanted <= found.keys()
