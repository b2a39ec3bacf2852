"""The command `trade sandbox`: a node with sandboxes for customs, payments and carrier, until it is stopped."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.serve import whole_number
from entrepot.cli.trade import check_installed
from entrepot.language.translate import _
from entrepot.model.errors import StoreError

if TYPE_CHECKING:
    from entrepot.trade_app.sandbox_node import Letter, Start

#: The highest port of the node: those of the sandboxes follow.
MAX_PORT = 65_000


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot trade sandbox`."""
    check_installed()
    from entrepot.trade_app import sandbox_node
    from entrepot.trade_app.demo_processes import NotStarted

    free = arguments["port"] == "0"
    port = 0 if free else whole_number(arguments["port"], "--port", MAX_PORT) or sandbox_node.PORT
    folder = _folder(arguments["folder"])
    if not arguments["json"]:
        exit_codes.put_note(_("A node and three sandboxes start; their data is in {folder}").format(folder=folder))
    tell = sandbox_node.Tell(_put_start_json, _put_letter_json)
    if not arguments["json"]:
        tell = sandbox_node.Tell(_put_start, _put_letter)
    try:
        sandbox_node.run(folder, tell, port=port, hold=bool(arguments["hold"]))
    except NotStarted as error:
        raise StoreError(f"{error} {_('What the processes wrote is in {folder}.').format(folder=folder)}") from None
    if not arguments["json"]:
        sentence = _("Stopped. The data stays: --folder {folder} goes on with it.").format(folder=folder)
        exit_codes.put_note(sentence)
    return exit_codes.SUCCESS


def _folder(given: str | None) -> Path:
    """The folder of the option, made where there is none, or a new temporary one. Raises Stop."""
    try:
        if given is None:
            return Path(tempfile.mkdtemp(prefix="entrepot-sandbox-"))
        folder = Path(given).expanduser().resolve()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        own = not any(folder.iterdir()) or (folder / "customs-cn.toml").is_file()
    except OSError as error:
        sentence = _("{folder} cannot be used: {why}. Give a folder that is empty or does not exist.")
        message = sentence.format(folder=given, why=error.strerror)
        raise Stop(exit_codes.USAGE, "folder", message, "--folder") from None
    if not own:
        sentence = _("{folder} has other files. Give a folder that is empty, or that this command used before.")
        raise Stop(exit_codes.USAGE, "exists", sentence.format(folder=folder), "--folder")
    return folder


def _put_start(start: Start) -> None:
    rows = [
        (_("Pages"), f"{start.url}/"),
        (_("Operator of the platform"), _operator()),
        (_("Password"), start.password),
        (_("Codes, each works once"), " ".join(start.codes[:3])),
        (_("Officer of customs"), start.office),
        (_("Name"), "officer"),
        (_("Password"), start.office_password),
    ]
    lines = ["", *(f"  {name}: {value}" for name, value in rows), ""]
    lines.append(_("Sandboxes only: nothing is paid, released by an authority, or carried."))
    lines.append(_("E-mails are not sent; their links are printed below. Ctrl-C stops everything."))
    exit_codes.put_text("\n".join([*lines, ""]) + "\n")


def _operator() -> str:
    from entrepot.trade_app.sandbox_node import OPERATOR

    return OPERATOR


def _put_letter(letter: Letter) -> None:
    head = _("E-mail to {address}: {subject}").format(address=letter.to, subject=letter.subject)
    lines = [f"{time.strftime('%H:%M:%S')}  {head}", *(f"  {link}" for link in letter.links[:1])]
    exit_codes.put_text("\n".join(lines) + "\n")


def _put_start_json(start: Start) -> None:
    exit_codes.put_json(
        {
            "object": "sandbox_node",
            "url": start.url,
            "folder": str(start.folder),
            "operator": {"name": _operator(), "password": start.password, "codes": start.codes},
            "officer": {"url": start.office, "name": "officer", "password": start.office_password},
        }
    )
    sys.stdout.flush()


def _put_letter_json(letter: Letter) -> None:
    exit_codes.put_json({"object": "letter", **letter._asdict()})
    sys.stdout.flush()
