"""The command `nodes demo`: two nodes that trade with each other, on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from entrepot.cli.measure_mirror import mirror_lines
from entrepot.cli.services import NEEDED
from entrepot.cli.trade import check_installed, run_demo
from entrepot.cli.wrap import fold
from entrepot.language.translate import N_, _, money, number
from entrepot.model.errors import StoreError

#: What the demonstration buys and what it has refused.
NAMES = {
    "coffee": N_("Coffee from Viet Nam"),
    "consultation": N_("Consultation by video"),
    "message_replayed": N_("A message that was sent twice"),
    "message_altered": N_("A message that was changed on the way"),
    "consultation_without_mechanism": N_("A consultation before its data may leave"),
}


def demo(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes demo`."""
    check_installed()
    for name in NEEDED:
        if find_spec(name) is None:
            raise StoreError(f"Services need {name}: run pip install 'entrepot[services]'.")
    from entrepot.trade_app.demo import Timeout
    from entrepot.trade_app.demo_processes import NotStarted
    from entrepot.trade_app.nodes import demo
    from entrepot.trade_app.nodes.demo_nodes import Fault

    return run_demo(arguments, demo.run, (NotStarted, Timeout, Fault), as_json, lines)


def as_json(report: Any) -> dict[str, Any]:
    """The report as JSON. `mirror`: exports of one node against imports of the other, and the reasons of the gap."""
    return {
        "nodes": list(report.nodes),
        "orders": [
            {
                "goods": each.what,
                "order": each.order,
                "common": each.common,
                "status": each.status,
                "exporter_status": each.exporter,
                "documents": dict(each.documents),
            }
            for each in report.orders
        ],
        "refused": [{"what": each.what, "code": each.code, "why": each.why} for each in report.refused],
        "settlement": dict(report.settled),
        "settlement_balances": report.balances,
        "ledgers_verified": report.verified and report.checked,
        "mirror": dict(report.mirror),
    }


def lines(report: Any) -> list[str]:
    """The report for a terminal: the nodes, the orders, what was refused, the month and the ledgers."""
    found: list[str] = []
    for each in report.orders:
        found += ["", f"{_(NAMES[each.what])}  {money(_decimal(each.total), 'CNY')}  {each.status}"]
        found.append("  " + _("Agreed by both nodes as {order}").format(order=each.common))
        if each.documents:
            checked = ", ".join(f"{name}: {code}" for name, code in each.documents.items())
            found += [f"  {line}" for line in fold(_("Documents: {kinds}").format(kinds=checked), 78)]
    found += ["", _("Refused")]
    for each in report.refused:
        found += [f"  {line}" for line in fold(f"{_(NAMES[each.what])}: {each.code}. {each.why}", 78)]
    verified = _("verified") if report.verified and report.checked else _("NOT VERIFIED")
    balances = _("Both nodes computed the same.") if report.balances else _("The nodes computed different amounts.")
    found += [
        "",
        _("Settlement of the month: {period}").format(period=report.settled.get("period", "—")) + f"  {balances}",
        _("Ledger: {n} events, {verified}.").format(n=number(str(report.events)), verified=verified),
        "",
        _("Mirror of both nodes' statistics"),
        *mirror_lines(report.mirror),
        "",
        *fold(_("Sandboxes only: nothing was paid, released by an authority, or carried."), 78),
    ]
    return found


def _decimal(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
