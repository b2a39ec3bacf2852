"""The command `measure mirror`: two files of lines, or what this node and another one have published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrepot import app
from entrepot.cli import exit_codes, nodes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.sale_options import known_economy
from entrepot.cli.wrap import cell_len, fold, pad
from entrepot.language import translate
from entrepot.language.translate import _, money
from entrepot.measure.mirror_words import NOT_IN_TABLES, PUBLISHED_REASONS, REASONS, WITHOUT_ORDERS

if TYPE_CHECKING:
    from entrepot.measure.lines import LedgerLine

CURRENCY = "CNY"


def mirror(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot measure mirror FILE FILE`, or `--peer NODE`."""
    period = arguments["period"] or str(dt.datetime.now(dt.UTC).year - 1)
    currency = (arguments["currency"] or CURRENCY).upper()
    if arguments["peer"]:
        return _with_peer(arguments, period, currency)
    from entrepot.trade_app.statistics.comparing import compare, mirror_json

    if not (arguments["exporter_lines"] and arguments["importer_lines"]):
        message = _("Give two files of lines, or --peer with a node that was met.")
        raise Stop(exit_codes.USAGE, "missing", message, "FILE")
    economies = (_needed(arguments, "exporter"), _needed(arguments, "importer"))
    ours, theirs = (_read(arguments[name]) for name in ("exporter_lines", "importer_lines"))
    found, decimals = compare(ours, theirs, economies, period, currency)
    shown = mirror_json(found, decimals)
    if arguments["json"]:
        exit_codes.put_json(shown)
    else:
        exit_codes.put_text("\n".join(mirror_lines(shown)) + "\n")
    return exit_codes.SUCCESS


def mirror_lines(shown: Mapping[str, Any]) -> list[str]:
    """The mirror of lines for a terminal. Where nothing was compared it says so, and shows no figure."""
    if not shown["compared"]:
        nothing = _("Neither side has a line of exports from {exporter} to {importer}: nothing was compared.")
        return fold(nothing.format(exporter=shown["exporter"], importer=shown["importer"]), 78)
    rows = [
        (_("Exports as {economy} reports them").format(economy=shown["exporter"]), shown["exports"]),
        (_("Imports as {economy} reports them").format(economy=shown["importer"]), shown["imports"]),
        (_("Gap"), shown["gap"]),
        *((f"  {_(REASONS[each['reason']])}", each["amount"]) for each in shown["reasons"]),
    ]
    return _folded([(name, money(each, shown["currency"])) for name, each in rows])


def _with_peer(arguments: Mapping[str, Any], period: str, currency: str) -> int:
    nodes.open_first()
    from entrepot.trade_app.nodes.mirror import mirror_with

    if arguments["json"]:  # JSON is the same in every language
        translate.use_language("en")

    found = mirror_with(nodes.find_peer(arguments["peer"]).id, period, currency)
    if arguments["json"]:
        exit_codes.put_json(found)
    else:
        exit_codes.put_text("\n".join([*published_lines(found), *order_lines(found)]) + "\n")
    return exit_codes.SUCCESS


def published_lines(found: Mapping[str, Any]) -> list[str]:
    """The mirror of two nodes from what they published, for a terminal."""
    lines = []
    for economy in found["economies"]:
        made = [f"{each['valuation']} {each['made']}" for each in found["published"] if each["economy"] == economy]
        lines += fold(
            _("{economy} has published: {tables}.").format(economy=economy, tables=", ".join(made) or "-"), 78
        )
    if not found["compared"]:
        nothing = _(
            "Both nodes must have published a table of {period} in {currency}: `entrepot measure export`. "
            "Nothing was compared."
        )
        return [*lines, *fold(nothing.format(period=found["period"], currency=found["currency"]), 78)]
    for flow in found["flows"]:
        lines += ["", f"{flow['exporter']} → {flow['importer']}"]
        lines += _folded(list(_rows(flow["rows"], found["currency"])))
    return lines


def order_lines(found: Mapping[str, Any]) -> list[str]:
    """The mirror of the orders that both nodes have, for a terminal; why there is none."""
    orders, currency = found["orders"], found["currency"]
    if orders["why"]:
        without = fold(_(WITHOUT_ORDERS[orders["why"]]).format(why=orders["message"]), 78)
        return ["", *without, *(fold(_(NOT_IN_TABLES), 78) if found.get("compared") else [])]
    lines = ["", *fold(_("By the orders that both nodes have:"), 78)]
    for flow in orders["flows"]:
        rows = list(_order_rows(flow, currency))
        head = f"{flow['exporter']} → {flow['importer']}"
        nothing = _("not known") if flow["lines"] else _("no order of this period")
        lines += ["", head, *(_folded(rows) if rows else [f"  {nothing}"])]
    return lines


def _order_rows(flow: Mapping[str, Any], currency: str) -> Iterator[tuple[str, str]]:
    from entrepot.measure.template import row_of

    for each in (*flow["rows"], *flow["products"]):
        name = _(row_of(each["measure"]).name)
        if each["product"] != "_T":
            name = _("Product {code}").format(code=each["product"])
        yield name, f"{money(each['exports'], currency)} / {money(each['imports'], currency)}"
        for part in each["reasons"]:
            yield f"  {_(REASONS[part['reason']])}", money(part["amount"], currency)


def _rows(rows: list[Mapping[str, Any]], currency: str) -> Iterator[tuple[str, str]]:
    from entrepot.measure.template import row_of

    for each in rows:
        name = _(row_of(each["measure"]).name)
        if each["gap"] is None:
            yield name, _("held back") if each["why"] == "held_back" else _("not known")
            continue
        more = "≥ " if each["at_least"] else ""
        yield name, f"{more}{money(each['exports'], currency)} / {money(each['imports'], currency)}"
        for part in each["reasons"]:
            yield f"  {_(PUBLISHED_REASONS[part['reason']])}", money(part["amount"], currency)


def _folded(rows: list[tuple[str, str]]) -> list[str]:
    """Names, folded to what the figures at the right leave of 78 cells."""
    width = max((cell_len(right) for _left, right in rows), default=0)
    lines = []
    for left, right in rows:
        indent = " " * (len(left) - len(left.lstrip()))
        first, *more = [indent + each for each in fold(left, 78 - width - 2 - len(indent))] or [""]
        lines += [f"{pad(first, 78 - width - 2)}  {pad(right, width, right=True)}", *more]
    return lines


def _read(name: str) -> list[LedgerLine]:
    from entrepot.trade_app.statistics.collect import read_lines

    try:
        return read_lines(Path(name))
    except OSError as error:
        message = _("{file} cannot be read: {why}.").format(file=name, why=error.strerror or error)
        raise Stop(exit_codes.USAGE, "unreadable", message, "FILE") from None


def _needed(arguments: Mapping[str, Any], name: str) -> str:
    if not arguments[name]:
        message = _("Give {option}, two letters.").format(option=f"--{name}")
        raise Stop(exit_codes.USAGE, "missing", message, f"--{name}")
    return known_economy(arguments[name], f"--{name}", app.library().world)
