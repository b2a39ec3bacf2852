"""The tariff treatment of each line: who is a member, what is open, and what costs least."""

from __future__ import annotations

from dataclasses import dataclass

from .charges import Refused, Result, Run
from .lookups import UNKNOWN, additional_text, duty_rate, provisional_text, tariff_text
from .rates import asked_of
from .read import NoRate, Row, admits, in_force, names
from .sale import Case, Line, Sale

DIRECT = "direct_consignment"


@dataclass(frozen=True)
class Candidate:
    """A treatment that the line's origin may have."""

    id: str
    status: str


def membership(case: Case, treatment: str, economy: str) -> list[Row]:
    """The rows that make an economy a member on the day, from the importer's pack and the world's."""
    sale = case.sale
    return [
        row
        for pack in (sale.world, sale.pack)
        for row in pack.by_member.get((treatment, economy), [])
        if in_force(row, sale.day)
    ]


def is_member(case: Case, treatment: Row, origin: str) -> bool:
    """Whether an origin, another than the importer, may have a treatment.

    For an agreement the importer must be a member too.
    """
    if origin in case.sale.pack.economies:
        return False
    of_origin = membership(case, treatment["id"], origin)
    if treatment["kind"] != "agreement":
        return bool(of_origin)
    importer = case.sale.country
    of_importer = membership(case, treatment["id"], importer)
    return any(admits(row.get("partners"), importer) for row in of_origin) and any(
        admits(row.get("partners"), origin) for row in of_importer
    )


def treatments(case: Case) -> list[Row]:
    """Agreements in the order of the world pack, then the importer's programmes; the importer's own words prevail."""
    sale = case.sale
    rows = [row for pack in (sale.world, sale.pack) for row in pack.entries("treatment", sale.day)]
    return list({row["id"]: row for row in rows}.values())


def treatments_of(case: Case, origin: str) -> list[Row]:
    """The treatments that an origin may have."""
    sale = case.sale
    found: list[Row] = sale.pack.once(
        sale.day,
        ("treatments of", origin, sale.country),
        lambda: [row for row in treatments(case) if is_member(case, row, origin)],
    )
    return found


def base_treatment(case: Case, line: Line) -> str:
    """`mfn`, or `general` for an origin without it."""
    pack, day = case.sale.pack, case.sale.day

    def find() -> set[str]:
        return {row["economy"] for row in pack.rows("members", day) if row["treatment"] == "mfn"}

    with_mfn = pack.once(day, "with mfn", find)
    return "general" if with_mfn and line.origin not in with_mfn else "mfn"


def within_waiver(case: Case, row: Row) -> bool:
    """Whether the consignment needs no proof; a proof is needed where the waiver's currency has no rate."""
    if not row.get("waiver"):
        return False
    try:
        limit = case.sale.limit(row["waiver"])
    except NoRate:
        return False
    return case.value(row.get("waiver_value") or "customs_value") <= limit


def preference_status(case: Case, row: Row, line: Line) -> str:
    """Whether a preference is open to a line, conditional on papers, or closed."""
    proved = bool({row["id"], *names(row.get("proofs"))}.intersection(line.proofs))
    waived = within_waiver(case, row)
    direct = not row.get(DIRECT) or case.sale.ship_from == line.origin or DIRECT in case.sale.asserted
    if (proved or waived) and direct:
        return "open"
    if "none" in line.proofs and not waived:
        return "closed"
    return "conditional"


def candidates(case: Case, regime: Row, line: Line) -> list[Candidate]:
    """The treatments of a line in a regime, in order."""
    which = regime.get("treatments", "all")
    found = []
    if which in ("all", "mfn"):
        found.append(Candidate(base_treatment(case, line), "open"))
    if which in ("all", "preferences") and "duty" not in (line.raw.get("rates") or {}):
        found += [
            Candidate(row["id"], preference_status(case, row, line))
            for row in treatments_of(case, line.origin)
            if duty_rate(case, line, row["id"]) is not None
        ]
    return found


def law_of(sale: Sale, line: Line, code: str) -> tuple[object, ...]:
    """What the law says of goods of a code and of the line's origin: two lines of which it says the same are alike.

    That is the duty by everybody's rate, the provisional one and each preference of the origin, unless the caller
    gives the duty; and every class, list and additional duty, and what names the code.
    """
    case = Case(sale, [])
    pack, day = sale.pack, sale.day
    duties: list[str] = []
    if "duty" not in (line.raw.get("rates") or {}):
        names_of = [base_treatment(case, line)]
        names_of += [row["id"] for row in treatments_of(case, line.origin)]
        duties = [tariff_text(pack, code, name, line.origin, day) for name in names_of]
        duties.append(provisional_text(pack, code, line.origin, day))
    taxes = [
        (tax, sorted((row["class"], row.get("unit_value", "")) for row in rows))
        for tax in sorted({row["tax"] for row in pack.rows("classes", day)})
        for rows in [pack.longest("classes", code, {"tax": tax}, day)]
    ]
    lists = [
        (name, [row["member"] for row in pack.longest("lists", code, {"list": name}, day)])
        for name in sorted({row["list"] for row in pack.rows("lists", day)})
    ]
    programmes = sorted({row["programme"] for row in pack.rows("additional", day)})
    more = [additional_text(pack, code, name, line.origin, day) for name in programmes]
    return duties, taxes, lists, more, spoken_of(sale, code)


def spoken_of(sale: Sale, code: str) -> list[str]:
    """The prefixes of permits, reliefs and conditions that cover a code."""
    pack, day = sale.pack, sale.day
    regimes = {row["id"] for row in pack.entries("regime", day)}
    cells: list[str] = [prefix for row in pack.rows("permits", day) for prefix in names(row.get("goods"))]
    for row in pack.rows("thresholds", day):
        if admits(row["regime"], *regimes):
            cells += [*names(row.get("goods")), *names(row.get("excludes"))]
    for row in pack.entries("condition", day):
        test = row["test"]
        cells += [*names(row.get("goods")), *names(test.get("goods_in")), *names(test.get("goods_not_in"))]
    return sorted({prefix for prefix in cells if code.startswith(prefix)})


def burden(case: Case, stack: list[Row], amounts: dict[str, int]) -> int:
    """What the buyer bears of some amounts, less what a business recovers."""
    return sum(
        amounts[charge["id"]]
        for charge in stack
        if charge.get("charged_to", "buyer") == "buyer"
        and not (case.sale.buyer == "business" and charge.get("recoverable") == "yes")
    )


def line_burden(case: Case, regime: str, index: int, treatment: str) -> int | None:
    """What a line bears by itself under a treatment, counting charges by the line; None where it is refused."""
    key = ("line_burden", regime, index, treatment)
    if key not in case.memo:  # asked up to four times: to choose, and for what was passed over
        case.memo[key] = _line_burden(case, regime, index, treatment)
    found: int | None = case.memo[key]
    return found


def _line_burden(case: Case, regime: str, index: int, treatment: str) -> int | None:
    chosen = [treatment] * len(case.values)
    try:
        whole = Run(case, regime, chosen, [index])
        whole.single = False
        whole.go()
    except Refused:
        return None
    result = Run(case, regime, chosen, [index]).go()
    return burden(case, result.stack, {key: result.counted(key, index) for key in result.lines})


def cheapest(case: Case, regime: Row, index: int) -> Candidate:
    """The open treatment of a line that costs its buyer least, the first of equals; failing it the conditional one."""
    for wanted in ("open", "conditional"):
        best: tuple[int, Candidate] | None = None
        for candidate in candidates(case, regime, case.sale.lines[index]):
            if candidate.status == wanted:
                cost = line_burden(case, regime["id"], index, candidate.id)
                if cost is not None and (best is None or cost < best[0]):
                    best = cost, candidate
        if best is not None:
            return best[1]
        if wanted == "open" and (unbounded := open_without_end(case, regime, case.sale.lines[index])):
            return unbounded
    found = candidates(case, regime, case.sale.lines[index])
    if len(case.values) == 1 or not found or found[0].status == "closed":
        raise Refused("treatment")
    return found[0]


def open_without_end(case: Case, regime: Row, line: Line) -> Candidate | None:
    """The first treatment of a line, if it is open and its rate is a range or needs a measure that is not given."""
    first = next(iter(candidates(case, regime, line)), None)
    if first is None or first.status != "open":
        return None
    for text in (duty_rate(case, line, first.id) or UNKNOWN).texts:
        if text.startswith("from ") or any(line.measures[unit] is None for unit in asked_of(text, line.measures)):
            return first
    return None


def run(case: Case, regime: str, chosen: list[str]) -> Result:
    """The charges under some treatments.

    Where some lines are known and others not, the duties and taxes of the latter are nil in one candidate, and unknown
    in the other. Raises Refused where they are unknown.
    """
    result = Run(case, regime, chosen, lenient=True).go()
    if not result.unknown:
        return result
    if len(result.unknown) < len(case.values) and case.sale.fact(("nil", -1), (True, False)):
        with_nil = Run(case, regime, chosen, lenient=True, nil=True).go()
        with_nil.unknown = result.unknown
        return with_nil
    raise Refused


def passed_over(case: Case, regime: Row, chosen: list[str]) -> dict[int, str]:
    """The lines with a known, `open` treatment, and those with a conditional one because an open one is `not known`."""
    if case.sale.services or regime.get("treatments", "all") == "none":
        return {}
    found = {}
    for i, line in enumerate(case.sale.lines):
        given = candidates(case, regime, line)
        status = {each.id: each.status for each in given}[chosen[i]]
        unknown = any(each.status == "open" and line_burden(case, regime["id"], i, each.id) is None for each in given)
        if status == "open" and line_burden(case, regime["id"], i, chosen[i]) is not None:
            found[i] = "open"
        elif status == "conditional" and unknown:
            found[i] = "not known"
    return found


def choose(case: Case, regime: Row) -> tuple[list[str], Result, bool]:
    """The treatments of the lines, the charges with them, and whether all are open.

    Raises Refused where a line has none.
    """
    which = regime.get("treatments", "all")
    if case.sale.services or which == "none":
        nothing = ["none"] * len(case.values)
        return nothing, run(case, regime["id"], nothing), True
    found = [cheapest(case, regime, i) for i in range(len(case.values))]
    chosen = [candidate.id for candidate in found]
    all_open = all(candidate.status == "open" for candidate in found)
    result = run(case, regime["id"], chosen)
    plain = [base_treatment(case, line) for line in case.sale.lines]
    if result.unknown:
        # A duty that is nil for want of a rate is no reason to leave a preference.
        bears = [line_burden(case, regime["id"], i, name) for i, name in enumerate(plain)]
        plain = [name if known is not None else mine for name, mine, known in zip(plain, chosen, bears, strict=True)]
    if which == "preferences" or plain == chosen:
        return chosen, result, all_open
    if not result.unknown and Run(case, regime["id"], plain, lenient=True).go().unknown:
        # Every line is known with its preference: none is unknown, so that its duty might be nil.
        return chosen, result, all_open
    try:
        other = run(case, regime["id"], plain)
    except Refused:
        return chosen, result, all_open
    if burden(case, result.stack, other.counted_totals()) <= burden(case, result.stack, result.counted_totals()):
        return plain, other, True
    return chosen, result, all_open
