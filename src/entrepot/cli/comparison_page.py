"""difference: the page of a comparison: what changes in all, where most, which sales go another way, what was left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrepot.cli.quote_context import heading, joined
from entrepot.cli.symbols import Marks
from entrepot.cli.wrap import cell_len, fold, indented, pad
from entrepot.language import translate
from entrepot.language.translate import N_, _, label, number, plural

if TYPE_CHECKING:
    from entrepot.batch.compare.result import Comparison
    from entrepot.batch.compare.totals import Sum

FIGURES = {
    "duties": N_("duties"),
    "taxes": N_("taxes"),
    "fees": N_("fees"),
    "charges": N_("charges"),
    "landed": N_("landed price"),
}
#: What is counted in rows, where there are any.
COUNTED = {
    "dearer": N_("dearer"),
    "cheaper": N_("cheaper"),
    "other_way": N_("another way or treatment"),
    "became_refused": N_("become refused"),
    "became_open": N_("become open"),
    "other_outcome": N_("another outcome"),
}
#: As `compared.NOTES` has them.
NOTES = {
    "static": N_("Static: the same sales at the same prices. What buyers and sellers would do otherwise is not in it."),
    "nowhere": N_("No row goes where the overlay {id} lies: it lies over the pack {pack}."),
    "not_in_force": N_("On the days of these rows the law of the pack {pack} is the same with the overlay {id}."),
    "at_least": N_("Some figures are at least so much: of these sales a charge is not known, before or after."),
}
NAMES = {
    "chapter": N_("chapter"),
    "heading": N_("heading"),
    "origin": N_("origin"),
    "destination": N_("destination"),
    "way": N_("way"),
}
#: So many of each are printed: currencies, groups of a currency, other ways, and reasons why rows were not compared.
CURRENCIES, GROUPS, MOVES, LEFT = 3, 8, 6, 5
#: Cells of a percentage, and of a gap between columns.
SHARE, GAP = 10, 2


def page(comparison: Comparison, written: Sequence[str], marks: Marks, width: int) -> list[Text]:
    """The page, largest changes first; `written`: the files that hold more."""
    parts = [_head(comparison, width)]
    every = [(str(key["out_currency"]), mine) for key, mine in comparison.totals.ranked() if mine.counts["compared"]]
    every.sort(key=lambda each: -each[1].counts["compared"])
    found = {currency: changed for currency, _mine in every if (changed := _changed(comparison, currency))}
    shown = [each for each in every if each[0] in found][:CURRENCIES]
    for currency, mine in shown:
        parts += [_total(comparison, currency, mine, width), _groups(comparison, found[currency], marks, width)]
    if more := list(found)[CURRENCIES:]:
        said = _("… and in other currencies: {names}; --to FILE has all.").format(names=", ".join(more))
        parts.append(indented(said, width, " "))
    if still := [
        f"{currency} ({number(str(mine.counts['compared']))})" for currency, mine in every if currency not in found
    ]:
        said = _("Nothing changes in (rows compared): {names}.").format(names=", ".join(still))
        parts.append(indented(said, width, " "))
    parts += [_counts(comparison, width), _moves(comparison, marks, width), _left(comparison, width)]
    parts.append(_foot(comparison, written, marks, width))
    return joined(parts)


def _head(comparison: Comparison, width: int) -> list[Text]:
    names = ", ".join(over.id for over in comparison.overlays)
    lines = indented(_("What if: {names}").format(names=names), width, " ", "bold")
    for over in comparison.overlays:
        if over.title:
            lines += indented(over.title, width, "   ")
    said = plural(comparison.count("rows"), "{n} row", "{n} rows")
    if (sales := comparison.consignments()) != comparison.count("rows"):
        said += " · " + plural(sales, "{n} sale", "{n} sales")
    return lines + indented(said + "".join(f" · {day}" for day in _days(comparison)), width, "   ", "dim")


def _days(comparison: Comparison) -> Iterator[str]:
    first, last = comparison.before.days or comparison.after.days or (None, None)
    if first is not None:
        yield (
            translate.day(str(first)) if first == last else f"{translate.day(str(first))} – {translate.day(str(last))}"
        )


def _total(comparison: Comparison, currency: str, mine: Sum, width: int) -> list[Text]:
    """Before, after and the change of each figure."""
    rows = [["", _("before"), _("after"), _("change"), ""]]
    for figure, name in FIGURES.items():
        before, after = mine.amounts[figure], mine.amounts[f"{figure}_after"]
        amounts = [number(str(comparison.amount_text(each, currency))) for each in (before, after)]
        rows.append([_(name), *amounts, _signed(comparison, mine.change(figure), currency), _percent(mine, figure)])
    title = plural(mine.counts["compared"], "{n} row compared", "{n} rows compared")
    lines = [heading(currency).append(f"  {title}", style="dim not bold")]
    return lines + _table(rows, width, {len(FIGURES): "bold"})


def _changed(comparison: Comparison, currency: str) -> list[Any]:
    """The groups of a currency in which something changes."""
    every = [each for each in comparison.groups.ranked() if each[0]["out_currency"] == currency]
    return [each for each in every if any(each[1].change(figure) for figure in FIGURES)]


def _groups(comparison: Comparison, found: Sequence[Any], marks: Marks, width: int) -> list[Text]:
    """The groups of a currency that change most."""
    currency = str(found[0][0]["out_currency"])
    names = " · ".join(_(NAMES[name]) for name in comparison.by)
    title = heading(_("Largest changes of the landed price, {currency}").format(currency=currency))
    rows = [[names, _("Rows").lower(), _("before"), _("change"), ""]]
    for key, mine in found[:GROUPS]:
        told = number(str(comparison.amount_text(mine.amounts["landed"], currency)))
        said = [_label(comparison, key, marks), number(str(mine.counts["compared"])), told]
        rows.append([*said, _signed(comparison, mine.change("landed"), currency), _percent(mine, "landed")])
    lines = [title, *_table(rows, width, {})]
    if len(found) > GROUPS:
        more = _("… and {n} more that change: --to FILE has all.").format(n=number(str(len(found) - GROUPS)))
        lines += indented(more, width, "   ", "dim")
    return lines


def _counts(comparison: Comparison, width: int) -> list[Text]:
    """How many rows become dearer, go another way, are refused or open."""
    if not comparison.count("rows"):
        return []
    found = [(_(name), comparison.count(count)) for count, name in COUNTED.items()]
    said = " · ".join(f"{name} {number(str(count))}" for name, count in found)
    return [heading(_("Rows")), *indented(said, width, "   ")]


def _moves(comparison: Comparison, marks: Marks, width: int) -> list[Text]:
    """From which way or treatment to which."""
    found: dict[str, list[int]] = {}
    for key, mine in comparison.moves.ranked():
        sums = found.setdefault(_way(key, marks), [0, 0])
        sums[0] += mine.counts["rows"]
        sums[1] += mine.consignments
    if not found:
        return []
    ranked = sorted(found.items(), key=lambda each: (-each[1][0], each[0]))
    rows = [["", _("Rows").lower(), _("sales")]]
    rows += [[name, *(number(str(count)) for count in counts)] for name, counts in ranked[:MOVES]]
    lines = [heading(_("Other ways and treatments")), *_table(rows, width, {})]
    if len(ranked) > MOVES:
        lines += indented(_("… and {n} more").format(n=number(str(len(ranked) - MOVES))), width, "   ", "dim")
    return lines


def _left(comparison: Comparison, width: int) -> list[Text]:
    """Which rows are in no sum, and why."""
    rows, left = comparison.count("rows"), comparison.count("rows") - comparison.count("compared")
    if not left:
        return []
    percent = translate.share(str(left), str(rows))
    title = heading(_("Not compared, in no sum above")).append(
        f"  {number(str(left))} · {percent}", style="dim not bold"
    )
    reasons = [
        (_("assessed under neither law"), comparison.count("not_assessed")),
        (_("only under the law as it is"), comparison.count("became_refused")),
        (_("only under the supposed law"), comparison.count("became_open")),
        (_("a charge is known under one of them only"), comparison.count("not_comparable")),
    ]
    said = " · ".join(f"{name} {number(str(count))}" for name, count in reasons if count)
    lines = [title, *indented(said, width, "   ")]
    every: dict[str, int] = {}
    for key, mine in comparison.not_compared.ranked():
        for fault in dict.fromkeys(filter(None, (key["fault"], key["fault_after"]))):
            every[fault] = every.get(fault, 0) + mine.counts["rows"]
    ranked = sorted(every.items(), key=lambda each: (-each[1], each[0]))
    if ranked:
        faults = ", ".join(f"{fault} {number(str(count))}" for fault, count in ranked[:LEFT])
        lines += indented(faults + (" …" if len(ranked) > LEFT else ""), width, "   ", "dim")
    return lines


def _foot(comparison: Comparison, written: Sequence[str], marks: Marks, width: int) -> list[Text]:
    lines = []
    for code, values in comparison.notes():
        lines += indented(_(NOTES[code]).format(**values), width, " ")
    for each in comparison.laws():
        sides = [each["before"], each["after"]]
        if sides[0] != sides[1]:
            said = f" {marks.arrow} ".join(" ".join(name[:8] for name in side[:3]) for side in sides)
            lines += indented(_("law of {pack}: {hashes}").format(pack=each["pack"], hashes=said), width, " ", "dim")
    for path in written:
        lines += indented(_("{path} is written.").format(path=path), width, " ")
    return lines


def _label(comparison: Comparison, key: Mapping[str, str | None], marks: Marks) -> str:
    said = []
    for name in comparison.by:
        if name == "way":
            said.append(_way(key, marks))
        else:
            said.append(key[name] or "—")
    return " · ".join(said)


def _way(key: Mapping[str, str | None], marks: Marks) -> str:
    """A way with its treatment, from which to which where it is another one."""
    ways = ["/".join(filter(None, (key[f"regime{end}"], key[f"treatment{end}"]))) for end in ("", "_after")]
    was, is_now = (way or label("refused") for way in ways)
    return was if was == is_now else f"{was} {marks.arrow} {is_now}"


def _signed(comparison: Comparison, amount: Decimal, currency: str) -> str:
    told = number(str(comparison.amount_text(abs(amount), currency)))
    return ("+" if amount > 0 else "−") + told if amount else told


def _percent(mine: Sum, figure: str) -> str:
    before, change = mine.amounts[figure], mine.change(figure)
    if not before or not change:
        return ""
    told = translate.share(str(abs(change)), str(abs(before)))
    return ("+" if change > 0 else "−") + told


def _table(rows: Sequence[Sequence[str]], width: int, styles: Mapping[int, str]) -> list[Text]:
    """Rows of a name, folded where it is long, and of cells that end in one column each; the first row is the head."""
    sizes = [max(cell_len(row[place]) for row in rows) for place in range(1, len(rows[0]))]
    room = width - 1 - 3 - sum(size + GAP for size in sizes)
    left = min(max(cell_len(row[0]) for row in rows), max(room, 12))
    lines = []
    for place, row in enumerate(rows):
        style = "dim" if not place else styles.get(place, "")
        names: list[Any] = fold(row[0], left) or [""]
        for at, name in enumerate(names):
            line = Text("   ").append(pad(name, left), style=style)
            if at == 0:
                for cell, size in zip(row[1:], sizes, strict=True):
                    line.append(pad(cell, size + GAP, right=True), style=style)
            line.rstrip()
            lines.append(line)
    return lines
