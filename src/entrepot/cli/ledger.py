"""The commands under `ledger`: verify, checkpoint, prove, check, rebuild, export, forget-key."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.serve import whole_number
from entrepot.language.translate import _, number, plural
from entrepot.model.errors import in_quotes


def verify(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot ledger verify`."""
    from entrepot.trade.audit.problems import SENTENCES
    from entrepot.trade.ledger.checkpoints import InvalidNote
    from entrepot.trade_app import ledger

    try:
        found = ledger.verify(arguments["key"])
    except InvalidNote as error:
        raise Stop(exit_codes.USAGE, "invalid", str(error), "--key") from None
    code = exit_codes.PACK_FAULTS if found.count else exit_codes.SUCCESS
    if arguments["json"]:
        exit_codes.put_json(
            {
                "object": "verification",
                "verified": not found.count,
                "events": found.position,
                "objects": len(found.replay.states),
                "checkpoints": found.checkpoints,
                "root": None if found.gap else found.frontier.root().hex(),
                "problem_count": found.count,
                "problems": [
                    {"code": each.code, "position": each.position, "event": each.id, "message": each.message}
                    for each in found.problems
                ],
            }
        )
        return code
    for each in found.problems:
        exit_codes.put_text(each.said(_(SENTENCES[each.code])) + "\n")
    if found.count:
        exit_codes.put_text(plural(found.count, "The ledger has {n} problem.", "The ledger has {n} problems.") + "\n")
        return code
    message = _("The ledger is verified: {events} events, {objects} objects, {checkpoints} checkpoints. Root: {root}")
    counts = (found.position, len(found.replay.states), found.checkpoints)
    events, objects, checkpoints = (number(str(each)) for each in counts)
    root = found.frontier.root().hex()
    exit_codes.put_text(message.format(events=events, objects=objects, checkpoints=checkpoints, root=root) + "\n")
    return code


def checkpoint(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot ledger checkpoint`: prints the signed note."""
    from entrepot.trade_app import ledger

    note, key = ledger.checkpoint()
    if arguments["json"]:
        exit_codes.put_json(ledger.describe(note, key))
        return exit_codes.SUCCESS
    exit_codes.put_text(note)
    exit_codes.put_note(_("Public key, with which others check it: {key}").format(key=key.text()))
    return exit_codes.SUCCESS


def prove(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot ledger prove EVENT`."""
    from entrepot.trade.ports import NotFound
    from entrepot.trade_app import ledger

    try:
        proof = ledger.prove(arguments["event"])
    except NotFound:
        message = _("The ledger has no event {id}. Give its id, ev_…, or its position.")
        raise Stop(exit_codes.NO_LAW, "no_event", message.format(id=in_quotes(arguments["event"])), "EVENT") from None
    exit_codes.put_json(msgspec.to_builtins(proof))
    if not arguments["json"]:
        exit_codes.put_note(_("To check it anywhere: entrepot ledger check FILE --key {key}").format(key=proof.key))
    return exit_codes.SUCCESS


def check(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot ledger check FILE`: checks a proof without the database."""
    from entrepot.model import json as untrusted
    from entrepot.trade.ledger.proofs import InvalidProof, check_inclusion, check_leaf

    if not arguments["key"]:
        message = _("Give the public key of the node with --key: a proof cannot vouch for its own key.")
        raise Stop(exit_codes.USAGE, "no_key", message, "--key")
    try:
        text = sys.stdin.buffer.read() if arguments["file"] == "-" else Path(arguments["file"]).read_bytes()
        given = untrusted.decode(text)
        if isinstance(given, Mapping) and given.get("event", "") is None:
            return _checked_leaf(check_leaf(given, arguments["key"]), str(given.get("leaf")), arguments)
        event, found = check_inclusion(given, arguments["key"])
    except OSError as error:
        message = _("{file} cannot be read: {why}.").format(file=arguments["file"], why=error.strerror or error)
        raise Stop(exit_codes.USAGE, "unreadable", message, "FILE") from None
    except (InvalidProof, msgspec.DecodeError) as error:
        message = _("The proof is not valid: {why}").format(why=error)
        raise Stop(exit_codes.PACK_FAULTS, "invalid_proof", message, "FILE") from None
    if arguments["json"]:
        exit_codes.put_json(
            {"object": "proof", "valid": True, "event": event.id, "origin": found.origin, "size": found.size}
        )
    else:
        message = _("Proved: {origin} recorded the event {id} ({kind}) among its first {size} events.")
        text = message.format(origin=found.origin, id=event.id, kind=event.kind, size=number(str(found.size)))
        exit_codes.put_text(text + "\n")
    return exit_codes.SUCCESS


def _checked_leaf(found: Any, leaf: str, arguments: Mapping[str, Any]) -> int:
    """Says what a proof shows that has only the hash of an event."""
    if arguments["json"]:
        answer = {"object": "proof", "valid": True, "leaf": leaf, "origin": found.origin, "size": found.size}
        exit_codes.put_json(answer)
        return exit_codes.SUCCESS
    message = _("Proved: {origin} recorded an event with the hash {leaf} among its first {size} events.")
    exit_codes.put_text(message.format(origin=found.origin, leaf=leaf, size=number(str(found.size))) + "\n")
    return exit_codes.SUCCESS


def rebuild(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot ledger rebuild`."""
    from entrepot.trade_app import ledger

    count = ledger.rebuild()
    if arguments["json"]:
        exit_codes.put_json({"object": "rebuild", "objects": count})
    else:
        text = plural(
            count,
            "{n} object was computed again from its events.",
            "{n} objects were computed again from their events.",
        )
        exit_codes.put_text(text + "\n")
    return exit_codes.SUCCESS


def export(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot ledger export`: each line is an event, byte for byte as the tree hashes it."""
    from entrepot.trade_app import ledger

    lines, count = ledger.export(whole_number(arguments["after"], "--after", 999_999_999) or 0), 0
    if arguments["to"] is None:
        for line in lines:
            exit_codes.put_json(line)
        return exit_codes.SUCCESS
    try:
        with Path(arguments["to"]).open("xb") as file:
            for line in lines:
                file.write(line + b"\n")
                count += 1
    except OSError as error:
        message = _("{file} cannot be written: {why}.").format(file=arguments["to"], why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "unwritable", message, "--out") from None
    if arguments["json"]:
        exit_codes.put_json({"object": "export", "file": arguments["to"], "events": count})
    else:
        exit_codes.put_text(plural(count, "{n} event was written.", "{n} events were written.") + "\n")
    return exit_codes.SUCCESS


def forget_key(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot ledger forget-key NAME`, for a key file that was lost for ever."""
    from entrepot.trade_app import ledger

    name = arguments["name"]
    if not arguments["yes"]:
        message = _(
            "What was written with the key {name} stays unreadable or unchecked without it. To make a new key for what "
            "comes next, repeat the command with --yes."
        )
        raise Stop(exit_codes.USAGE, "not_confirmed", message.format(name=name), "--yes")
    known = ledger.forget_key(name)
    if arguments["json"]:
        exit_codes.put_json({"object": "key", "name": name, "forgotten": known})
    else:
        text = (
            _("The next start makes a new key {name}.")
            if known
            else _("The database knows no key {name}: the next start makes it.")
        )
        exit_codes.put_text(text.format(name=name) + "\n")
    return exit_codes.SUCCESS
