"""The command `services demo`: four services from the order to the acceptance, on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from entrepot.cli.trade import check_installed, run_demo
from entrepot.cli.wrap import fold
from entrepot.language.translate import N_, _, money, number
from entrepot.model.errors import StoreError

#: What the services need beside the server: packages of the extra `services`, by the name of their import.
NEEDED = ("aiortc", "fhir", "icalendar", "joserfc", "pycrdt", "websockets")
#: What each service of the demonstration is called.
NAMES = {
    "consultation": N_("Consultation by video"),
    "course": N_("Online course"),
    "bay": N_("Booking"),
    "workspace": N_("Shared workspace"),
}


def demo(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot services demo`."""
    check_installed()
    for name in NEEDED:
        if find_spec(name) is None:
            raise StoreError(f"Services need {name}: run pip install 'entrepot[services]'.")
    from entrepot.trade_app.services import demo, demo_document, demo_visit

    return run_demo(arguments, demo.run, (demo_visit.NotHeld, demo_document.NotMerged), as_json, lines)


def as_json(report: Any) -> dict[str, Any]:
    """The report as JSON. `taxes`: null where they are not known."""
    made = report.statement
    return {
        "services": [
            {
                "service": each.service,
                "status": each.status,
                "evidence": list(each.evidence),
                "taxes": each.taxes,
                "amount": each.amount,
                "currency": each.currency,
            }
            for each in report.services
        ],
        "statement": {
            "month": made.month,
            "currency": made.currency,
            "totals": {name: _decimal(amount) for name, amount in made.totals.items()},
            "taxes": [{"account": each.account, "owed": _decimal(each.owed)} for each in made.taxes],
            "closing": _decimal(made.closing),
        },
        "ledger": {"events": report.events, "verified": report.verified},
    }


def lines(report: Any) -> list[str]:
    """The report for a terminal: each service, the statement, and the ledger."""
    found: list[str] = []
    for each in report.services:
        taxes = money(each.taxes, each.currency) if each.taxes is not None else _("not known")
        found += ["", f"{_(NAMES[each.service])}  {money(each.amount, each.currency)}  {each.status}"]
        found.append("  " + _("Taxes: {taxes}").format(taxes=taxes))
        found += [f"  {line}" for line in fold(_("Evidence: {codes}").format(codes=", ".join(each.evidence)), 78)]
    made = report.statement
    found += ["", _("Statement of the seller for {month}").format(month=made.month)]
    found += [f"  {name}  {money(_decimal(amount), made.currency)}" for name, amount in made.totals.items()]
    found += [f"  {each.account}  {money(_decimal(each.owed), made.currency)}" for each in made.taxes]
    verified = _("verified") if report.verified else _("NOT VERIFIED")
    found += [
        "",
        _("Ledger: {n} events, {verified}.").format(n=number(str(report.events)), verified=verified),
        *fold(
            _(
                "A trial: nothing was paid, and no licence was checked. The packs have no category for the use of a "
                "thing at its place, so the taxes of the bay are not known."
            ),
            78,
        ),
    ]
    return found


def _decimal(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"
