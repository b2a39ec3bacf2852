"""The commands `backup` and `restore`: a node in one file, and a node from it in other places."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from entrepot.cli import exit_codes
from entrepot.language.translate import _, number


def write(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot backup FILE`."""
    from entrepot.trade_app import backup, books

    file = Path(arguments["file"]).absolute()
    if not file.parent.is_dir():
        message = _("The folder {folder} for {name} does not exist. Create it first.")
        said = message.format(folder=file.parent, name=file.name)
        raise exit_codes.Stop(exit_codes.USAGE, "no_folder", said)
    manifest = backup.write_backup(file, keys=not arguments["without_keys"])
    if arguments["json"]:
        exit_codes.put_json(msgspec.to_builtins(manifest))
        return exit_codes.SUCCESS
    message = _("{files} files and a ledger of {events} events were written to {file}.")
    counts = {"files": number(str(len(manifest.files))), "events": number(str(manifest.ledger["size"]))}
    exit_codes.put_text(message.format(**counts, file=arguments["file"]) + "\n")
    if manifest.keys:
        with_keys = _(
            "The backup contains the keys: anyone who has it can read all personal data and sign in the name of "
            "this node. Store it encrypted, or leave the keys out with --without-keys and store them elsewhere."
        )
        exit_codes.put_note(with_keys)
    else:
        without = _("The backup contains no keys. Store {folder} elsewhere: without it no personal data can be read.")
        exit_codes.put_note(without.format(folder=books.key_folder()))
    return exit_codes.SUCCESS


def restore(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot restore FILE`."""
    from entrepot.trade_app import backup, books

    file = Path(arguments["file"]).absolute()
    if not file.is_file():
        message = _("File {path} does not exist.").format(path=arguments["file"])
        raise exit_codes.Stop(exit_codes.USAGE, "no_file", message)
    found = backup.restore_backup(file)
    code = exit_codes.PACK_FAULTS if found.problems or found.differs else exit_codes.SUCCESS
    if arguments["json"]:
        exit_codes.put_json(
            {
                "object": "restore",
                "created": found.manifest.created,
                "files": len(found.manifest.files),
                "keys": found.manifest.keys,
                "ledger": {
                    "verified": None if found.problems is None else not found.problems,
                    "is_the_one_of_the_backup": not found.differs,
                    "difference": found.differs,
                },
            }
        )
        return code
    message = _("{files} files of the backup of {created} were restored.")
    files = number(str(len(found.manifest.files)))
    exit_codes.put_text(message.format(files=files, created=found.manifest.created) + "\n")
    if found.differs:
        text = _("The restored ledger is not the one that the backup describes. Do not use it. {why}")
        exit_codes.put_text(text.format(why=found.differs) + "\n")
    if found.problems is None:
        text = _("The backup has no keys. Copy the key files into {folder}, then run: entrepot ledger verify")
        exit_codes.put_text(text.format(folder=books.key_folder()) + "\n")
    elif found.problems:
        text = _("The restored ledger has problems ({n}). `entrepot ledger verify` names them.")
        exit_codes.put_text(text.format(n=number(str(found.problems))) + "\n")
    else:
        exit_codes.put_text(_("The restored ledger is verified.") + "\n")
    return code
