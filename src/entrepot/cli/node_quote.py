"""The command `nodes quote`: what an offer of this node costs a buyer in the economy of another one, by its law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.nodes import find_peer, open_first
from entrepot.cli.serve import whole_number
from entrepot.language.translate import N_, _, money

if TYPE_CHECKING:
    from entrepot.trade.nodes.offer_bodies import PriceIssued

#: What the answer of a node means.
_STATUSES = {
    "open": N_("open"),
    "conditional": N_("after the buyer has confirmed what is asked"),
    "refused": N_("there is no answer"),
}


def quote(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot nodes quote NODE --offer ID`."""
    open_first()
    from entrepot.trade.checkout import MAX_QUANTITY
    from entrepot.trade.ports import NotFound
    from entrepot.trade_app.nodes import operating

    number = (arguments["offer"] or "").strip()
    if not number:
        raise Stop(exit_codes.USAGE, "missing", _("{option} is required.").format(option="--offer"), "--offer")
    quantity = whole_number(arguments["quantity"], "--quantity", MAX_QUANTITY) or 1
    peer = find_peer(arguments["node"])
    try:
        found = operating.ask_price(peer, number, quantity, arguments["buyer"] or "consumer")
    except NotFound:
        raise Stop(
            exit_codes.NO_LAW, "not_found", _("There is no offer {offer}.").format(offer=number), "--offer"
        ) from None
    if arguments["json"]:
        exit_codes.put_json({"object": "node_quote", "node": peer.id, "offer": number, **msgspec.to_builtins(found)})
        return exit_codes.SUCCESS
    exit_codes.put_text("".join(f"{line}\n" for line in _lines(found, peer.name)))
    return exit_codes.SUCCESS


def _lines(found: PriceIssued, name: str) -> list[str]:
    lines = [f"{name}: {_(_STATUSES.get(found.status, found.status))}"]
    if found.landed is not None:
        landed = _("{amount} landed").format(amount=money(found.landed, found.currency))
        charges = f" · {_('duties, taxes and fees')} {money(found.charges, found.currency)}" if found.charges else ""
        lines.append(f"{landed}{charges}{_at_least(found)}")
    elif found.low is not None and found.high is not None:
        lines.append(f"{money(found.low, found.currency)} – {money(found.high, found.currency)}{_at_least(found)}")
    lines += [f"  ☐ {each}" for each in found.conditions] + [f"  · {each}" for each in found.reasons]
    law = _("law of {day}, trust: {trust}; valid until {expires}")
    lines.append(law.format(day=found.law_date, trust=found.trust or "—", expires=found.expires or "—"))
    for each in found.rows:
        until = f" – {each.until}" if each.until else " –"
        lines.append(f"  {each.row}  {each.since}{until}  {each.trust}  {'; '.join(each.sources)}")
    return lines


def _at_least(found: PriceIssued) -> str:
    return f" ({_('at least')})" if found.at_least else ""
