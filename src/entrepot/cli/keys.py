"""The commands `keys create`, `keys list` and `keys revoke`: API keys of the server and their scopes."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from rich.text import Text

from entrepot import app
from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.serve import whole_number
from entrepot.cli.wrap import cell_len, pad
from entrepot.language.translate import _, day, number


def create(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot keys create NAME --scope SCOPE`."""
    rows = app.open_key_store()
    per_minute = whole_number(arguments["per_minute"], "--per-minute", rows.MAX_PER_MINUTE) or rows.PER_MINUTE
    try:
        row, text = rows.create_key(
            arguments["name"],
            arguments["scopes"],
            per_minute,
            sandbox=bool(arguments["sandbox"]),
            organization=arguments["organization"],
            origins=arguments["origins"],
        )
    except ValueError as error:
        words = {"organization": "--organization", "origin": "--origin", "scope": "--scope"}
        place = next((option for word, option in words.items() if word in str(error)), "NAME")
        raise Stop(exit_codes.USAGE, "invalid", str(error), place) from None
    if arguments["json"]:
        exit_codes.put_json({**_as_json(rows, row), "key": text})
        return exit_codes.SUCCESS
    exit_codes.put_text(f"{text}\n")
    if arguments["origins"]:
        exit_codes.put_note(_("The pages of the web sites that you named may contain it; they can ask for quotes."))
        return exit_codes.SUCCESS
    # On standard error, so that a script can read the key alone from standard output.
    exit_codes.put_note(_("This key is shown once: store it as a secret. Send it as `Authorization: Bearer …`."))
    if arguments["sandbox"]:
        exit_codes.put_note(_("It works only for the invented economy ZZ, and every answer says so."))
    return exit_codes.SUCCESS


def list_keys(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot keys list`."""
    rows_of_keys = app.open_key_store()
    found = rows_of_keys.list_keys()
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [_as_json(rows_of_keys, row) for row in found]})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No keys exist. Create one: entrepot keys create NAME --scope quotes.") + "\n")
        return exit_codes.SUCCESS
    head = [_("key"), _("for"), _("scopes"), _("per minute"), _("created"), _("revoked")]
    rows = [
        [
            row.id,
            row.name,
            row.scopes,
            number(str(row.per_minute)),
            day(row.created.date().isoformat()),
            day(row.revoked.date().isoformat()) if row.revoked else "—",
        ]
        for row in found
    ]
    wide = [max(cell_len(line[at]) for line in (head, *rows)) + 2 for at in range(len(head))]
    lines = [Text(" " + "".join(map(pad, line, wide)).rstrip()) for line in (head, *rows)]
    lines[0].stylize("dim")
    terminal.put_lines(terminal.console(), lines)
    return exit_codes.SUCCESS


def revoke(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot keys revoke ID`."""
    rows = app.open_key_store()
    key = rows.id_of(arguments["name"])
    if not rows.revoke_key(key):
        message = _("No active key {id}; `entrepot keys list` lists all keys.").format(id=key)
        raise Stop(exit_codes.NO_LAW, "no_key", message, "ID")
    if arguments["json"]:
        exit_codes.put_json({"object": "key", "id": key, "revoked": True})
    else:
        exit_codes.put_text(
            _("{id} was revoked. A running server may accept it for five more seconds.").format(id=key) + "\n"
        )
    return exit_codes.SUCCESS


def _as_json(rows: ModuleType, row: Any) -> dict[str, Any]:
    return {
        "object": "key",
        "id": row.id,
        "name": row.name,
        "organization": row.organization_id,
        "scopes": row.scopes.split(),
        "sandbox": rows.is_of_sandbox(row.id),
        "origins": (row.origins or "").split(),
        "per_minute": row.per_minute,
        "created": row.created.isoformat(timespec="seconds"),
        "revoked": row.revoked.isoformat(timespec="seconds") if row.revoked else None,
    }
