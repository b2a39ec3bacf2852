"""The command `trade demo`: three orders from the offer to the delivery, through sandboxes on this machine."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.wrap import fold, pad
from entrepot.language.translate import N_, _, money, number
from entrepot.model.errors import StoreError
from entrepot.trade.papers.kinds import KINDS

#: What the server and the sandboxes need beside the library: the extra `server`.
NEEDED = ("django", "ninja", "granian", "lxml", "cryptography")
#: The columns of a timeline after the time: what they show, and how many cells they have.
COLUMNS = (
    (N_("Order"), ("order", "return"), 17),
    (N_("Payment"), ("payment",), 19),
    (N_("Customs"), ("customs",), 17),
    (N_("Shipment"), ("transport",), 10),
)


def demo(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot trade demo`."""
    check_installed()
    from entrepot.trade_app import demo
    from entrepot.trade_app.demo_processes import NotStarted

    return run_demo(arguments, demo.run, (NotStarted, demo.Timeout), as_json, lines)


def run_demo(
    arguments: Mapping[str, Any],
    run: Callable[[Path, Any], Any],
    ends: tuple[type[Exception], ...],
    as_json: Callable[[Any], Any],
    lines: Callable[[Any], Sequence[str]],
) -> int:
    """Run a demonstration in an empty folder, tell what happens, and print its report. Raises Stop and StoreError.

    `ends`: what it raises where a process did not do what it should; `as_json`, `lines`: the report as it is printed.
    """
    folder = empty_folder(arguments["folder"])
    begin = time.monotonic()

    def say(about: str, sentence: str, /, **values: str) -> None:
        if not arguments["json"]:
            told = _(sentence).format(**values)
            sys.stderr.write(f"{time.monotonic() - begin:5.1f} s  {about + ': ' if about else ''}{told}\n")
            sys.stderr.flush()

    try:
        report = run(folder, say)
    except ends as error:
        raise StoreError(f"{error} {_('What the processes wrote is in {folder}.').format(folder=folder)}") from None
    if arguments["json"]:
        exit_codes.put_json(as_json(report))
    else:
        exit_codes.put_text("\n".join(lines(report)) + "\n")
    return exit_codes.SUCCESS if report.verified else exit_codes.PACK_FAULTS


def check_installed() -> None:
    """Raises StoreError if something is not installed that the server and the sandboxes need."""
    for name in NEEDED:
        if find_spec(name) is None:
            raise StoreError(f"Trade needs {name}: run pip install 'entrepot[server]'.")


def empty_folder(given: str | None) -> Path:
    """The folder of the option, made where there is none, or a new temporary one. Raises Stop."""
    try:
        if given is None:
            return Path(tempfile.mkdtemp(prefix="entrepot-demo-"))
        folder = Path(given).expanduser().resolve()
        folder.mkdir(parents=True, exist_ok=True)
        used = any(folder.iterdir())
    except OSError as error:
        message = "{folder} cannot be used: {why}. Give a folder that is empty or does not exist."
        said = _("{folder} cannot be used: {why}. Give a folder that is empty or does not exist.")
        values = {"folder": str(given), "why": error.strerror}
        raise Stop(
            exit_codes.USAGE, "folder", message.format(**values), "--folder", said=said.format(**values)
        ) from None
    if used:
        message = "{folder} is not empty. Give a folder that is empty or does not exist, or leave out --folder."
        said = _("{folder} is not empty. Give a folder that is empty or does not exist, or leave out --folder.")
        raise Stop(
            exit_codes.USAGE, "exists", message.format(folder=folder), "--folder", said=said.format(folder=folder)
        )
    return folder


def as_json(report: Any) -> dict[str, Any]:
    """The report as JSON."""
    orders = [
        {
            "goods": goods,
            "order": order.id,
            "status": order.status,
            "customs": report.codes[goods],
            "taxes": _decimal(_taxes(report.declarations[goods])),
            "limit_used": _decimal(_used(order)),
            "documents": report.documents[goods],
        }
        for goods, order in report.orders.items()
    ]
    return {"orders": orders, "ledger": {"events": report.events, "verified": report.verified}}


def lines(report: Any) -> list[str]:
    """The report for a terminal: a timeline of each order, its taxes, and the ledger."""
    found: list[str] = []
    for goods, order in report.orders.items():
        total = money(_decimal(order.quote.amounts.total), order.quote.amounts.currency)
        found += ["", f"{goods}  {total}  {order.status}  {order.id}", ""]
        found += [f"  {each}".rstrip() for each in _timeline(report.timelines[goods])]
        codes, taxes = ", ".join(report.codes[goods]), money(_decimal(_taxes(report.declarations[goods])), "CNY")
        found.append("")
        found.append("  " + _("Receipts of customs for the list: {codes}").format(codes=codes))
        found.append("  " + _("Taxes on its bill: {taxes}").format(taxes=taxes))
        titles = ", ".join(_(KINDS[each].title) for each in report.documents[goods])
        found += [f"  {each}" for each in fold(_("Documents: {kinds}").format(kinds=titles), 78)]
        found.append("  " + _("Used of the annual limit: {used}").format(used=money(_decimal(_used(order)), "CNY")))
    verified = _("verified") if report.verified else _("NOT VERIFIED")
    found += [
        "",
        _("Ledger: {n} events, {verified}.").format(n=number(str(report.events)), verified=verified),
        _("Sandboxes only: nothing was paid, released by an authority, or carried."),
        "",
        _("To look at the orders, sign in at {page}").format(page="http://127.0.0.1:8000/en/sign-in/"),
        _("Accounts: {accounts}").format(accounts=", ".join(report.accounts)),
        _("Password: {password}").format(password=report.password),
        _("This starts the node:"),
        f"ENTREPOT_DATA={report.folder}/node {_program()} serve",
    ]
    return found


def _program() -> str:
    """How the user starts this program: `./run` in a folder of its source."""
    return "./run" if Path(sys.argv[0]).name == "__main__.py" and Path("run").is_file() else "entrepot"


def _timeline(steps: Sequence[Any]) -> Iterator[str]:
    """The steps as lines with a column for the order and each of its three states; what comes after one is below it."""
    yield "  ".join([pad(_("Time"), 8), *(pad(_(title), size - 2) for title, _of, size in COLUMNS)])
    places = {line: at for at, (_title, of, _size) in enumerate(COLUMNS) for line in of}
    time_of, row = "", [""] * len(COLUMNS)
    for each in (step for step in steps if step.line in places):
        at, clock = places[each.line], each.time[11:19]
        # A line holds the states of one second from left to right, so it reads in the order in which they came.
        if any(row) and (clock != time_of or any(row[at:])):
            yield _row(time_of, row)
            row = [""] * len(COLUMNS)
        time_of, row[at] = clock, f"return {each.state}" if each.line == "return" else each.state
    yield _row(time_of, row)


def _row(time_of: str, cells: Sequence[str]) -> str:
    return "  ".join(
        [pad(time_of, 8), *(pad(cell, size - 2) for cell, (_t, _of, size) in zip(cells, COLUMNS, strict=True))]
    )


def _taxes(declaration: Any) -> int:
    return sum(each.total or 0 for each in declaration.bills.values() if each.status != "void")


def _used(order: Any) -> int:
    limit = order.limit
    return limit.amount - limit.returned if limit is not None and limit.state == "used" else 0


def _decimal(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
