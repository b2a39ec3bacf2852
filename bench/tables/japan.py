"""What an ordinary or a personal import into Japan owes beside the duty, as columns of the cases."""

from __future__ import annotations

from typing import NamedTuple

import forms
import levies
import pyarrow as pa
from levies import Levy
from wide_tables import Wide, apart

from entrepot.law.records import Regime


class Japan(NamedTuple):
    """The cases with their taxes, and the numbers of the law that hold for all of them, in yen.

    `vat`: the consumption tax on 1,000 yen, in tenths of a yen. `rice`: yen a kilogram, null for none. `unread`: a tax
    whose rate is not known. `excluded`: goods that no relief for small values is for.
    """

    wide: Wide
    keys: pa.Table
    cases: pa.Table
    relief: int
    relief_row: int
    own_relief: int
    own_relief_row: int


def japan(wide: Wide) -> Japan:
    """The tables of Japan. Raises ValueError where its law is no longer what the engines here were written for."""
    ordinary, own = levies.regime_of(wide.law, "ordinary"), levies.regime_of(wide.law, "personal_use")
    _expected(wide, ordinary, own)
    columns = {name: [] for name in ("vat", "rice", "unread", "excluded")}  # type: dict[str, list[Any]]
    for code in wide.codes:
        levy = {name: _levy(wide, ordinary, name, code) for name in ("internal_tax", "consumption_tax", "rice_payment")}
        columns["vat"].append(_share(levy["consumption_tax"], 10_000))
        columns["unread"].append(levy["internal_tax"].bears)
        columns["rice"].append(_per_kilogram(levy["rice_payment"]))
        columns["excluded"].append(code.startswith(ordinary.thresholds[0].excludes))
    kinds = {"vat": pa.int32(), "rice": pa.int32(), "unread": pa.bool_(), "excluded": pa.bool_()}
    groups = len(wide.found.slots)
    cases = wide.cases
    for name, kind in kinds.items():
        cases = cases.append_column(name, pa.array(columns[name] * groups, kind))
    relief, mine = ordinary.thresholds[0], own.thresholds[0]
    return Japan(wide, *apart(cases), relief.amount_num, relief.basis, mine.amount_num, mine.basis)


def _expected(wide: Wide, ordinary: Regime, own: Regime) -> None:
    local = wide.law.rates[levies.charge_of(ordinary, "local_consumption_tax").rate]
    found = (
        [regime.id for regime in wide.law.regimes if regime.of == "goods"],
        [charge.id for charge in ordinary.charges],
        [charge.id for charge in own.charges],
        [(each.amount_den, each.currency, each.per) for each in (*ordinary.thresholds, *own.thresholds)],
        (own.value_num, own.value_den, local.num * 39, local.den * 11),
        ordinary.thresholds[0].excludes == own.thresholds[0].excludes,
        any(permit.kind == "prohibition" for permit in wide.law.permits),
    )
    stack = ["duty", "internal_tax", "consumption_tax", "local_consumption_tax", "rice_payment"]
    bound = (1, "JPY", "consignment")
    same = found[4][2] == found[4][3]
    if (*found[:4], found[4][:2], same, *found[5:]) != (
        ["ordinary", "personal_use"],
        stack,
        stack,
        [bound, bound],
        (3, 5),
        True,
        True,
        False,
    ):
        raise ValueError(f"the law of Japan is another one now: {found}")


def _levy(wide: Wide, regime: Regime, name: str, code: str) -> Levy:
    found = levies.levy(wide.law, levies.charge_of(regime, name), code)
    if found.above is not found.below or (name == "internal_tax" and found.below.bears and found.below.form):
        raise ValueError(f"{code}: {name} by the value of a unit, or known")
    return found.below


def _share(levy: Levy, scale: int) -> int:
    part = forms.share(levy.form) if levy.bears else 0
    if part is None or (part * scale).denominator != 1:
        raise ValueError(f"a consumption tax of {part}")
    return int(part * scale)


def _per_kilogram(levy: Levy) -> int | None:
    if not levy.bears or levy.form is None:
        return None
    ((line,),) = levy.form
    each = line[1] * 1000
    if line[0] or line[2] or line[3] or each.denominator != 1:
        raise ValueError(f"a payment for rice of {levy.form}")
    return int(each)
