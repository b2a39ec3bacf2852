"""The command `trade demo`: three orders from the offer to the delivery, through sandboxes on this machine."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.language.translate import _, money, number
from entrepot.model.errors import StoreError


def demo(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot trade demo`."""
    try:
        from entrepot.trade_app import demo
        from entrepot.trade_app.demo_processes import NotStarted
    except ImportError as error:
        raise StoreError(f"Trade needs {error.name}: run pip install 'entrepot[server]'.") from None
    folder = Path(arguments["folder"] or tempfile.mkdtemp(prefix="entrepot-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise Stop(exit_codes.USAGE, "exists", _("{folder} is not empty.").format(folder=folder), "--folder")
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()

    def say(goods: str, what: str) -> None:
        if not arguments["json"]:
            sys.stderr.write(f"{time.monotonic() - begin:5.1f} s  {goods + ': ' if goods else ''}{what}\n")

    try:
        report = demo.run(folder, say)
    except (NotStarted, demo.Timeout) as error:
        raise StoreError(f"{error} {_('What the processes wrote is in {folder}.').format(folder=folder)}") from None
    if arguments["json"]:
        exit_codes.put_json(as_json(report))
    else:
        exit_codes.put_text("\n".join(lines(report)) + "\n")
    return exit_codes.SUCCESS if report.verified else exit_codes.PACK_FAULTS


def as_json(report: Any) -> dict[str, Any]:
    """The report as JSON."""
    orders = []
    for goods, order in report.orders.items():
        bills = report.declarations[goods].bills.values()
        taxes = sum(each.total or 0 for each in bills if each.status != "void")
        orders.append(
            {
                "goods": goods,
                "order": order.id,
                "status": order.status,
                "customs": report.codes[goods],
                "taxes": _decimal(taxes),
                "limit_used": _decimal(_used(order)),
                "documents": [],
            }
        )
    return {"orders": orders, "ledger": {"events": report.events, "verified": report.verified}}


def lines(report: Any) -> list[str]:
    """The report for a terminal: a timeline of each order, its taxes, and the ledger."""
    found: list[str] = []
    for goods, order in report.orders.items():
        total = money(_decimal(order.quote.amounts.total), order.quote.amounts.currency)
        found += ["", f"{goods}: {order.status}, {total}"]
        found += [f"  {each.time[11:19]}  {each.line:<10}{each.state}" for each in report.timelines[goods]]
        taxes = sum(each.total or 0 for each in report.declarations[goods].bills.values() if each.status != "void")
        codes, used = ", ".join(report.codes[goods]), money(_decimal(_used(order)), "CNY")
        found.append("  " + _("Receipts of customs for the list: {codes}").format(codes=codes))
        found.append("  " + _("Taxes on its bill: {taxes}").format(taxes=money(_decimal(taxes), "CNY")))
        found.append("  " + _("Used of the annual limit: {used}").format(used=used))
    verified = _("verified") if report.verified else _("NOT VERIFIED")
    found += [
        "",
        _("Ledger: {n} events, {verified}.").format(n=number(str(report.events)), verified=verified),
        _("Sandboxes only: nothing was paid, released by an authority, or carried."),
        _("To look at the orders: ENTREPOT_DATA={folder}/node entrepot serve").format(folder=report.folder),
    ]
    return found


def _used(order: Any) -> int:
    limit = order.limit
    return limit.amount - limit.returned if limit is not None and limit.state == "used" else 0


def _decimal(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
