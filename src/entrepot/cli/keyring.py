"""keyring: the commands `keys create`, `list` and `revoke`: who may ask the API of the desk, and for what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from entrepot import app
from entrepot.cli import exits, terminal
from entrepot.cli.exits import Stop
from entrepot.cli.fold import cell_len, pad
from entrepot.cli.serving import whole
from entrepot.tongue import _, day, number


def create(given: Mapping[str, Any]) -> int:
    """Answers `entrepot keys create NAME --scope SCOPE`."""
    rows = app.key_rows()
    many = whole(given["per_minute"], "--per-minute", rows.MOST_PER_MINUTE) or rows.PER_MINUTE
    try:
        row, text = rows.made(given["name"], given["scopes"], many)
    except ValueError as error:
        raise Stop(exits.USAGE, "invalid", str(error), "--scope" if "scope" in str(error) else "NAME") from None
    if given["json"]:
        exits.put_json({**_as_json(row), "key": text})
        return exits.ANSWERED
    exits.put_text(f"{text}\n")
    # On standard error, so that the key alone can be read into a variable.
    exits.put_aside(_("This is shown once: keep it where secrets are kept. Send it as `Authorization: Bearer …`."))
    return exits.ANSWERED


def listing(given: Mapping[str, Any]) -> int:
    """Answers `entrepot keys list`."""
    found = app.key_rows().listed()
    if given["json"]:
        exits.put_json({"object": "list", "data": [_as_json(row) for row in found]})
        return exits.ANSWERED
    if not found:
        exits.put_text(_("There are no keys. Make one: entrepot keys create NAME --scope quotes.") + "\n")
        return exits.ANSWERED
    head = [_("key"), _("for"), _("allows"), _("a minute"), _("made"), _("revoked")]
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
    terminal.put(terminal.console(), lines)
    return exits.ANSWERED


def revoke(given: Mapping[str, Any]) -> int:
    """Answers `entrepot keys revoke ID`."""
    key = "_".join(given["name"].split("_")[:2])
    if not app.key_rows().revoked(key):
        message = _("There is no key {id} in force; `entrepot keys list` has them.").format(id=key)
        raise Stop(exits.NO_LAW, "no_key", message, "ID")
    if given["json"]:
        exits.put_json({"object": "key", "id": key, "revoked": True})
    else:
        exits.put_text(_("{id} is revoked. A desk that runs takes it for five seconds more.").format(id=key) + "\n")
    return exits.ANSWERED


def _as_json(row: Any) -> dict[str, Any]:
    return {
        "object": "key",
        "id": row.id,
        "name": row.name,
        "scopes": row.scopes.split(),
        "per_minute": row.per_minute,
        "created": row.created.isoformat(timespec="seconds"),
        "revoked": row.revoked.isoformat(timespec="seconds") if row.revoked else None,
    }
