"""The page of a comparison: totals, largest changes, changed procedures, and rows that were not compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrepot.cli.symbols import Symbols
from entrepot.cli.wrap import cell_len, fold, heading, indent_lines, join_parts, pad
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
    "landed": N_("landed cost"),
}
#: What is counted in rows.
COUNTS = {
    "dearer": N_("more expensive"),
    "cheaper": N_("cheaper"),
    "other_way": N_("another procedure or treatment"),
    "became_refused": N_("newly refused"),
    "became_open": N_("newly open"),
    "other_outcome": N_("another outcome"),
}
#: The notes of `batch.compare.result.NOTES`.
NOTES = {
    "static": N_("Static comparison: the same sales at the same prices, without changes in behaviour."),
    "nowhere": N_("No row is affected by the overlay {id}: it changes the pack {pack}."),
    "not_in_force": N_("On the dates of these rows, the overlay {id} does not change the law of the pack {pack}."),
    "at_least": N_("Some figures are minimums: a charge of these sales is unknown, before or after."),
}
NAMES = {
    "chapter": N_("chapter"),
    "heading": N_("heading"),
    "origin": N_("origin"),
    "destination": N_("destination"),
    "way": N_("procedure"),
}
#: How many of each are printed: currencies, groups of a currency, changes of procedure, faults of rows not compared.
MAX_CURRENCIES, MAX_GROUPS, MAX_MOVES, MAX_FAULTS = 3, 8, 6, 5
#: Cells of a percentage, and of a gap between columns.
SHARE, GAP = 10, 2


def comparison_lines(comparison: Comparison, written: Sequence[str], symbols: Symbols, width: int) -> list[Text]:
    """The page, largest changes first. `written`: the names of the files that were written."""
    parts = [_head(comparison, width)]
    totals = [
        (str(key["out_currency"]), totals_of)
        for key, totals_of in comparison.totals.ranked()
        if totals_of.counts["compared"]
    ]
    totals.sort(key=lambda each: -each[1].counts["compared"])
    changed = {currency: changed for currency, _mine in totals if (changed := _changed_groups(comparison, currency))}
    shown_totals = [each for each in totals if each[0] in changed][:MAX_CURRENCIES]
    for currency, totals_of in shown_totals:
        parts += [
            _totals(comparison, currency, totals_of, width),
            _groups(comparison, changed[currency], symbols, width),
        ]
    if more := list(changed)[MAX_CURRENCIES:]:
        text = _("… and in other currencies: {names}; --to FILE contains all.").format(names=", ".join(more))
        parts.append(indent_lines(text, width, " "))
    if unchanged := [
        f"{currency} ({number(str(totals_of.counts['compared']))})"
        for currency, totals_of in totals
        if currency not in changed
    ]:
        text = _("No change in these currencies (rows compared): {names}.").format(names=", ".join(unchanged))
        parts.append(indent_lines(text, width, " "))
    parts += [
        _counts(comparison, width),
        _procedure_changes(comparison, symbols, width),
        _not_compared(comparison, width),
    ]
    parts.append(_footer(comparison, written, symbols, width))
    return join_parts(parts)


def _head(comparison: Comparison, width: int) -> list[Text]:
    names = ", ".join(overlay.id for overlay in comparison.overlays)
    lines = indent_lines(_("What if: {names}").format(names=names), width, " ", "bold")
    for overlay in comparison.overlays:
        if overlay.title:
            lines += indent_lines(overlay.title, width, "   ")
    text = plural(comparison.count("rows"), "{n} row", "{n} rows")
    if (sales := comparison.consignments()) != comparison.count("rows"):
        text += " · " + plural(sales, "{n} sale", "{n} sales")
    return lines + indent_lines(text + "".join(f" · {day}" for day in _days(comparison)), width, "   ", "dim")


def _days(comparison: Comparison) -> Iterator[str]:
    first, last = comparison.before.days or comparison.after.days or (None, None)
    if first is not None:
        yield (
            translate.day(str(first)) if first == last else f"{translate.day(str(first))} – {translate.day(str(last))}"
        )


def _totals(comparison: Comparison, currency: str, sums: Sum, width: int) -> list[Text]:
    """Each figure of a currency: before, after and the change."""
    rows = [["", _("before"), _("after"), _("change"), ""]]
    for figure, name in FIGURES.items():
        before, after = sums.amounts[figure], sums.amounts[f"{figure}_after"]
        amounts = [number(str(comparison.amount_text(each, currency))) for each in (before, after)]
        rows.append([_(name), *amounts, _signed(comparison, sums.change(figure), currency), _percent(sums, figure)])
    title = plural(sums.counts["compared"], "{n} row compared", "{n} rows compared")
    lines = [heading(currency).append(f"  {title}", style="dim not bold")]
    return lines + _table(rows, width, {len(FIGURES): "bold"})


def _changed_groups(comparison: Comparison, currency: str) -> list[Any]:
    """The groups of a currency in which something changes."""
    every = [each for each in comparison.groups.ranked() if each[0]["out_currency"] == currency]
    return [each for each in every if any(each[1].change(figure) for figure in FIGURES)]


def _groups(comparison: Comparison, found: Sequence[Any], symbols: Symbols, width: int) -> list[Text]:
    """The groups of a currency that change most."""
    currency = str(found[0][0]["out_currency"])
    names = " · ".join(_(NAMES[name]) for name in comparison.by)
    title = heading(_("Largest changes in landed cost, {currency}").format(currency=currency))
    rows = [[names, _("Rows").lower(), _("before"), _("change"), ""]]
    for key, sums in found[:MAX_GROUPS]:
        amount = number(str(comparison.amount_text(sums.amounts["landed"], currency)))
        cells = [_group_label(comparison, key, symbols), number(str(sums.counts["compared"])), amount]
        rows.append([*cells, _signed(comparison, sums.change("landed"), currency), _percent(sums, "landed")])
    lines = [title, *_table(rows, width, {})]
    if len(found) > MAX_GROUPS:
        more = _("… and {n} more: --to FILE contains all.").format(n=number(str(len(found) - MAX_GROUPS)))
        lines += indent_lines(more, width, "   ", "dim")
    return lines


def _counts(comparison: Comparison, width: int) -> list[Text]:
    """How many rows become dearer or cheaper, change their procedure, or are newly refused or open."""
    if not comparison.count("rows"):
        return []
    counts = [(_(name), comparison.count(count)) for count, name in COUNTS.items()]
    text = " · ".join(f"{name} {number(str(count))}" for name, count in counts)
    return [heading(_("Rows")), *indent_lines(text, width, "   ")]


def _procedure_changes(comparison: Comparison, symbols: Symbols, width: int) -> list[Text]:
    """How many rows and sales change from one procedure or treatment to another."""
    counts_of: dict[str, list[int]] = {}
    for key, sums in comparison.moves.ranked():
        counts = counts_of.setdefault(_procedure(key, symbols), [0, 0])
        counts[0] += sums.counts["rows"]
        counts[1] += sums.consignments
    if not counts_of:
        return []
    ranked = sorted(counts_of.items(), key=lambda each: (-each[1][0], each[0]))
    rows = [["", _("Rows").lower(), _("sales")]]
    rows += [[name, *(number(str(count)) for count in counts)] for name, counts in ranked[:MAX_MOVES]]
    lines = [heading(_("Changed procedures and treatments")), *_table(rows, width, {})]
    if len(ranked) > MAX_MOVES:
        lines += indent_lines(_("… and {n} more").format(n=number(str(len(ranked) - MAX_MOVES))), width, "   ", "dim")
    return lines


def _not_compared(comparison: Comparison, width: int) -> list[Text]:
    """The rows that are in no total, and the reasons."""
    rows, not_compared = comparison.count("rows"), comparison.count("rows") - comparison.count("compared")
    if not not_compared:
        return []
    percent = translate.share(str(not_compared), str(rows))
    title = heading(_("Not compared, and not in the sums above")).append(
        f"  {number(str(not_compared))} · {percent}", style="dim not bold"
    )
    reasons = [
        (_("not assessed under either law"), comparison.count("not_assessed")),
        (_("only under current law"), comparison.count("became_refused")),
        (_("only under the proposed law"), comparison.count("became_open")),
        (_("a charge is known under only one of them"), comparison.count("not_comparable")),
    ]
    text = " · ".join(f"{name} {number(str(count))}" for name, count in reasons if count)
    lines = [title, *indent_lines(text, width, "   ")]
    rows_of: dict[str, int] = {}
    for key, sums in comparison.not_compared.ranked():
        for fault in dict.fromkeys(filter(None, (key["fault"], key["fault_after"]))):
            rows_of[fault] = rows_of.get(fault, 0) + sums.counts["rows"]
    ranked = sorted(rows_of.items(), key=lambda each: (-each[1], each[0]))
    if ranked:
        faults = ", ".join(f"{fault} {number(str(count))}" for fault, count in ranked[:MAX_FAULTS])
        lines += indent_lines(faults + (" …" if len(ranked) > MAX_FAULTS else ""), width, "   ", "dim")
    return lines


def _footer(comparison: Comparison, written: Sequence[str], symbols: Symbols, width: int) -> list[Text]:
    lines = []
    for code, values in comparison.notes():
        lines += indent_lines(_(NOTES[code]).format(**values), width, " ")
    for each in comparison.laws():
        sides = [each["before"], each["after"]]
        if sides[0] != sides[1]:
            text = f" {symbols.arrow} ".join(" ".join(name[:8] for name in side[:3]) for side in sides)
            lines += indent_lines(
                _("law of {pack}: {hashes}").format(pack=each["pack"], hashes=text), width, " ", "dim"
            )
    for path in written:
        lines += indent_lines(_("{path} was written.").format(path=path), width, " ")
    return lines


def _group_label(comparison: Comparison, key: Mapping[str, str | None], symbols: Symbols) -> str:
    labels = []
    for name in comparison.by:
        if name == "way":
            labels.append(_procedure(key, symbols))
        else:
            labels.append(key[name] or "—")
    return " · ".join(labels)


def _procedure(key: Mapping[str, str | None], symbols: Symbols) -> str:
    """A procedure with its treatment; before and after where they differ."""
    ways = ["/".join(filter(None, (key[f"regime{end}"], key[f"treatment{end}"]))) for end in ("", "_after")]
    was, is_now = (way or label("refused") for way in ways)
    return was if was == is_now else f"{was} {symbols.arrow} {is_now}"


def _signed(comparison: Comparison, amount: Decimal, currency: str) -> str:
    text = number(str(comparison.amount_text(abs(amount), currency)))
    return ("+" if amount > 0 else "−") + text if amount else text


def _percent(sums: Sum, figure: str) -> str:
    before, change = sums.amounts[figure], sums.change(figure)
    if not before or not change:
        return ""
    text = translate.share(str(abs(change)), str(abs(before)))
    return ("+" if change > 0 else "−") + text


def _table(rows: Sequence[Sequence[str]], width: int, styles: Mapping[int, str]) -> list[Text]:
    """A table: names on the left, folded where they are long, and right-aligned cells; the first row is the header."""
    sizes = [max(cell_len(row[index]) for row in rows) for index in range(1, len(rows[0]))]
    free = width - 1 - 3 - sum(size + GAP for size in sizes)
    name_width = min(max(cell_len(row[0]) for row in rows), max(free, 12))
    lines = []
    for index, row in enumerate(rows):
        style = "dim" if not index else styles.get(index, "")
        names: list[Any] = fold(row[0], name_width) or [""]
        for part, name in enumerate(names):
            line = Text("   ").append(pad(name, name_width), style=style)
            if part == 0:
                for cell, size in zip(row[1:], sizes, strict=True):
                    line.append(pad(cell, size + GAP, right=True), style=style)
            line.rstrip()
            lines.append(line)
    return lines
