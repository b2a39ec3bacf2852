"""The commands under `nodes`: meet the node of another economy, compare its key, open and close what it may do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.serve import whole_number
from entrepot.cli.wrap import cell_len, pad
from entrepot.language.translate import _

if TYPE_CHECKING:
    from entrepot.trade.nodes.peers import Peer

#: Messages that are listed, by default and at most.
LISTED, MAX_LISTED = 50, 1000
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")


def list_nodes(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes list`."""
    open_first()
    from entrepot.trade_app.nodes import officers

    found = officers.list_peers()
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [as_json(each) for each in found]})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No nodes. `entrepot nodes meet URL` begins.") + "\n")
        return exit_codes.SUCCESS
    head = [_("node"), _("economy"), _("state"), _("mode"), _("open"), _("address")]
    rows = [
        [each.id, each.economy, each.status, _("test") if each.test else _("live"), _opened(each), each.address]
        for each in found
    ]
    _put_table(head, rows)
    return exit_codes.SUCCESS


def describe(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes describe`: what a node says of itself, and its thumbprints as they are read out."""
    open_first()
    from entrepot.trade.nodes.thumbprints import lines
    from entrepot.trade_app.nodes import identity, officers

    name = arguments.get("node")
    if name is None:
        shown = _described(identity.description())
    elif "://" in name:
        shown = _described(officers.described(name))
    else:
        shown = as_json(find_peer(name))
    if arguments["json"]:
        exit_codes.put_json(shown)
        return exit_codes.SUCCESS
    exit_codes.put_text(f"{shown['name']} ({shown['economy']})\n{shown['operator']}\n{shown['address']}\n")
    for key in shown["keys"]:
        says = _("Key since {since}. Read its thumbprint to the other officer over a second channel:")
        exit_codes.put_text(says.format(since=key["since"]) + "\n")
        exit_codes.put_text("".join(f"    {line}\n" for line in lines(key["thumbprint"])))
    if shown.get("why"):
        exit_codes.put_text(f"{shown['status']}: {shown['why']}\n")
    return exit_codes.SUCCESS


def meet(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes meet URL`."""
    open_first()
    from entrepot.trade_app.nodes import officers

    found = officers.meet(
        arguments["address"], arguments["agreements"], by=person(arguments), test=not arguments["live"]
    )
    says = _("{name} is known as {node}. Nothing is open to it. Compare the thumbprints now: `entrepot nodes compare`.")
    return _put(arguments, found, says)


def compare(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes compare NODE`."""
    open_first()
    from entrepot.trade_app.nodes import officers

    found = officers.compare(find_peer(arguments["node"]).id, arguments["thumbprints"], by=person(arguments))
    says = {
        "met": _("The thumbprints are the same. A second person compares them, too."),
        "compared": _("The keys of {name} are pinned. It is active once both nodes have compared."),
    }.get(found.status, _("{name} is active. Its capabilities are closed: `entrepot nodes open`."))
    return _put(arguments, found, says)


def approve(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes approve NODE --act …`."""
    open_first()
    from entrepot.trade.nodes import meeting
    from entrepot.trade_app.nodes import officers

    peer, act = find_peer(arguments["node"]), arguments.get("act")
    acts = {"resume": meeting.RESUME, "live": meeting.GO_LIVE, "key": meeting.ADD_KEY}
    if act not in acts:
        says = _("{option} must be one of {words}, not {text}.").format(
            option="--act", words=" | ".join(acts), text=act or '""'
        )
        raise Stop(exit_codes.USAGE, "invalid", says, "--act")
    what: dict[str, Any] = {}
    if act == "key":
        what["thumbprint"] = officers.refresh(peer.id).announced_thumbprint
    found = officers.decide(peer.id, acts[act], by=person(arguments), **what)
    return _put(arguments, found, _after_two(found, acts[act]))


def open_capabilities(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes open NODE --capability …`."""
    open_first()
    from entrepot.trade.nodes import meeting
    from entrepot.trade_app.nodes import officers

    number = find_peer(arguments["node"]).id
    found = officers.open_capabilities(number, _capabilities(arguments), by=person(arguments))
    return _put(arguments, found, _after_two(found, meeting.OPEN))


def fee(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes fee NODE --most PERCENT`."""
    open_first()
    from entrepot.trade.nodes import meeting
    from entrepot.trade_app.nodes import officers

    peer, text = find_peer(arguments["node"]), (arguments.get("most") or "").removesuffix("%").strip()
    if not _PERCENT.fullmatch(text):
        raise Stop(exit_codes.USAGE, "invalid", _("Say how much in percent, such as --most 2.5."), "--most")
    whole, _point, part = text.partition(".")
    millionths = int(whole) * 10_000 + int(part.ljust(4, "0"))
    found = officers.decide(peer.id, meeting.FEE, by=person(arguments), millionths=millionths)
    return _put(arguments, found, _after_two(found, meeting.FEE))


def agree(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes agree NODE --agreement ID …`."""
    open_first()
    from entrepot.trade.nodes import meeting
    from entrepot.trade_app.nodes import officers

    peer, named = find_peer(arguments["node"]), meeting.read_basis(arguments["agreements"])
    found = officers.decide(peer.id, meeting.AGREE, by=person(arguments), legal_basis=list(named))
    return _put(arguments, found, _after_two(found, meeting.AGREE))


def close(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes close NODE --capability …`."""
    open_first()
    from entrepot.trade_app.nodes import officers

    number = find_peer(arguments["node"]).id
    found = officers.close(number, _capabilities(arguments), by=person(arguments))
    return _put(arguments, found, _("Closed, at once."))


def suspend(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes suspend NODE`."""
    open_first()
    from entrepot.trade_app.nodes import officers

    return _end(arguments, officers.suspend, _("{name} is suspended, at once. Messages to it wait."))


def revoke(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes revoke NODE`."""
    open_first()
    from entrepot.trade_app.nodes import officers

    return _end(arguments, officers.revoke, _("The exchange with {name} has ended. What was received stays."))


def check(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes check NODE`: its description, its challenge and its newest checkpoint, now."""
    open_first()
    from entrepot.trade.nodes.delivering import PeerRefused, Unreachable
    from entrepot.trade_app.nodes import officers

    peer = find_peer(arguments["node"])
    if peer.status == "compared":
        found = officers.challenge(peer.id)
        return _put(arguments, found, _("{name} is {status}.").replace("{status}", found.status))
    officers.refresh(peer.id)
    try:
        kept = officers.watch(peer.id)
    except (Unreachable, PeerRefused) as error:
        raise Stop(exit_codes.NOT_FETCHED, "node_unreachable", str(error), "NODE") from None
    if kept.fork is not None:
        says = _("{name} has rewritten its ledger. It is suspended, and was told.").format(name=peer.name)
        raise Stop(exit_codes.PACK_FAULTS, "ledger_rewritten", f"{says} {kept.peer.why}", "NODE")
    return _put(arguments, kept.peer, _("{name} answers, and its ledger continues what it signed before."))


def rotate(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes rotate`: replace the key of this node, by two persons."""
    open_first()
    from entrepot.trade.nodes.thumbprints import lines
    from entrepot.trade_app.nodes import identity

    by = person(arguments)
    if arguments["lost"]:
        count = identity.lose_keys(by)
        exit_codes.put_text(_("{count} keys have ended. Each node must be met again.").format(count=count) + "\n")
        return exit_codes.SUCCESS
    proposed = identity.waiting_key()
    key = identity.propose_key(by) if proposed is None else identity.approve_key(proposed.id, by)
    if arguments["json"]:
        exit_codes.put_json({"object": "node_key", "status": key.status, "thumbprint": key.thumbprint})
        return exit_codes.SUCCESS
    says = (
        _("A new key is proposed. A second person approves it: `entrepot nodes rotate`.")
        if proposed is None
        else _("The new key signs beside the old one. Ask each node to approve it: `entrepot nodes approve --act key`.")
    )
    exit_codes.put_text(says + "\n" + "".join(f"    {line}\n" for line in lines(key.thumbprint)))
    return exit_codes.SUCCESS


def messages(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes messages [NODE]`."""
    open_first()
    from entrepot.trade_app.books import open_books

    owner = find_peer(arguments["node"]).id if arguments.get("node") else None
    limit = whole_number(arguments.get("limit"), "--limit", MAX_LISTED) or LISTED
    found = open_books().list_objects("nm_", owner=owner, status=arguments.get("state"), limit=limit)
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [_message_as_json(each) for each in found]})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No messages.") + "\n")
        return exit_codes.SUCCESS
    head = [_("message"), _("direction"), _("type"), _("state"), _("when"), _("about"), _("reason")]
    rows = [
        [
            each.id,
            each.direction,
            f"{each.type}/{each.version}",
            each.status,
            each.created[:16].replace("T", " "),
            each.about,
            f"{each.code}: {each.why}" if each.code else "",
        ]
        for each in found
    ]
    _put_table(head, rows)
    return exit_codes.SUCCESS


def as_json(peer: Peer) -> dict[str, Any]:
    """A peer as JSON."""
    import msgspec

    from entrepot.trade.nodes.thumbprints import lines

    found: dict[str, Any] = {"object": "node", **msgspec.to_builtins(peer)}
    for name, default in (("capabilities", {}), ("test", True), ("legal_basis", []), ("why", "")):
        found.setdefault(name, default)
    found["keys"] = [{**key, "groups": list(lines(key["thumbprint"]))} for key in found["keys"]]
    return found


def _described(description: Any) -> dict[str, Any]:
    import msgspec

    from entrepot.trade.nodes.thumbprints import lines

    found: dict[str, Any] = msgspec.to_builtins(description)
    found["keys"] = [{**key, "groups": list(lines(key["thumbprint"]))} for key in found["keys"]]
    return found


def _message_as_json(record: Any) -> dict[str, Any]:
    import msgspec

    return {"object": "node_message", **msgspec.to_builtins(record)}


def open_first() -> None:
    """Open the database before the modules that need it are imported."""
    from entrepot.trade_app.books import open_database

    open_database()


def find_peer(name: str) -> Peer:
    """A node by what was typed. Raises Stop."""
    from entrepot.trade.ports import NotFound
    from entrepot.trade_app.nodes import officers

    try:
        return officers.find(name)
    except NotFound:
        says = _("There is no node {name}, or more than one; `entrepot nodes list` lists them.").format(name=name)
        raise Stop(exit_codes.NO_LAW, "not_found", says, "NODE") from None


def person(arguments: Mapping[str, Any]) -> str:
    """Who acts by a command on the machine of the node."""
    name = (arguments.get("by") or "").strip()
    if not name or len(name) > 50 or not name.isprintable():
        raise Stop(exit_codes.USAGE, "person_missing", _("Say who you are, with --by NAME."), "--by")
    return f"cli:{name}"


def _capabilities(arguments: Mapping[str, Any]) -> dict[str, list[str]]:
    direction = arguments.get("direction") or "both"
    directions = ["in", "out"] if direction == "both" else [direction]
    return dict.fromkeys(arguments["capabilities"], directions)


def _after_two(peer: Peer, act: str) -> str:
    if act in peer.proposals:
        return _("Proposed. A second person gives the same command.")
    return _("Done, by two persons.")


def _end(arguments: Mapping[str, Any], act: Callable[..., Any], says: str) -> int:
    found = act(find_peer(arguments["node"]).id, arguments.get("why") or "", by=person(arguments))
    return _put(arguments, found, says)


def _put(arguments: Mapping[str, Any], peer: Peer, says: str) -> int:
    if arguments["json"]:
        exit_codes.put_json(as_json(peer))
    else:
        exit_codes.put_text(says.format(name=peer.name, node=peer.id) + "\n")
    return exit_codes.SUCCESS


def _opened(peer: Peer) -> str:
    found = [
        f"{name} {'+'.join(each for each in directions if directions[each])}"
        for name, directions in sorted(peer.capabilities.items())
        if any(directions.values())
    ]
    return ", ".join(found) or "-"


def _put_table(head: list[str], rows: list[list[str]]) -> None:
    wide = [max(cell_len(line[at]) for line in (head, *rows)) + 2 for at in range(len(head))]
    lines = [Text(" " + "".join(map(pad, line, wide)).rstrip()) for line in (head, *rows)]
    lines[0].stylize("dim")
    terminal.put_lines(terminal.console(), lines)
