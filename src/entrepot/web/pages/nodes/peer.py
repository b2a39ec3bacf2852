"""A node: its keys, what is open to it, what two persons decide, its messages, its ledger, and its offers here."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.language import translate
from entrepot.language.translate import _, error_text
from entrepot.model.codes import day_of
from entrepot.model.errors import EntrepotError, TradeError
from entrepot.model.money import in_major
from entrepot.trade import approvals
from entrepot.trade.nodes import meeting
from entrepot.trade.nodes import thumbprints as prints
from entrepot.trade.nodes.accepting import percent
from entrepot.trade.nodes.kept_lists import KeptList
from entrepot.trade.nodes.peers import CAPABILITIES, DIRECTIONS, Peer
from entrepot.trade.nodes.records import MessageRecord
from entrepot.trade.nodes.settlement import Settlement
from entrepot.trade.ports import NotFound
from entrepot.trade_app.nodes import officers, operating
from entrepot.web.http.actors import Actor, require_operator
from entrepot.web.pages.condition_texts import texts_there
from entrepot.web.pages.nodes import words
from entrepot.web.pages.people.form_page import Note, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade import message_words
from entrepot.web.pages.trade import words as trade_words
from entrepot.web.trade import calls

#: Messages of the page, and characters of what is typed as thumbprints.
LISTED, MAX_TYPED = 50, 2_000
_PERCENT = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
#: Acts that two persons do, by the name of the button with which the first one proposes them.
_ACTS = {"resume": meeting.RESUME, "go_live": meeting.GO_LIVE, "add_key": meeting.ADD_KEY}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The page of one node."""
    actor = require_operator(request, "manager" if request.method == "POST" else "viewer")
    notes: list[Note] = []
    price: dict[str, Any] | None = None
    try:
        peer = _find(number)
        if text_of(request, "action") == "quote":
            price = _price(request, peer)
        elif request.method == "POST":
            _act(request, peer, actor.person or "")
            return HttpResponseRedirect(request.path)
    except NotFound:
        raise Http404 from None
    except EntrepotError as error:
        notes.append(Note(error_text(error), "bad"))
        peer = _find(number)
    context = {
        **_context(peer, actor),
        "notes": notes,
        "given": request.POST,
        "price": price,
        **nav_context(request, actor),
    }
    return render(request, "nodes/peer.html", context, status=422 if notes else 200)


def _find(number: str) -> Peer:
    """The peer with an id. Raises NotFound."""
    if not number.startswith("pn_"):
        raise NotFound(number)
    return officers.find(number)


def _act(request: HttpRequest, peer: Peer, person: str) -> None:
    """Do what a form asks for. Raises EntrepotError and NotFound."""
    action, why = text_of(request, "action"), text_of(request, "why", 500)
    if action == "compare":
        typed = request.POST.get("thumbprints", "").replace("\0", "")[:MAX_TYPED]
        officers.compare(peer.id, _typed(typed), by=person)
    elif action == "open":
        chosen = {name: _directions(request, name) for name in CAPABILITIES}
        _open(peer, {name: each for name, each in chosen.items() if each}, person)
    elif action == "close":
        name, _point, direction = text_of(request, "what").rpartition(":")
        officers.close(peer.id, {name: [direction]}, by=person)
    elif action == "approve":
        _approve(peer, text_of(request, "act"), text_of(request, "digest"), person)
    elif action in _ACTS:
        given = {"thumbprint": text_of(request, "thumbprint")} if action == "add_key" else {}
        officers.decide(peer.id, _ACTS[action], by=person, **given)
    elif action == "fee":
        officers.decide(peer.id, meeting.FEE, by=person, millionths=_millionths(text_of(request, "most", 10)))
    elif action == "agree":
        named = meeting.read_basis(request.POST.get("agreements", "").replace("\0", "")[:MAX_TYPED].splitlines())
        officers.decide(peer.id, meeting.AGREE, by=person, legal_basis=list(named))
    elif action in ("suspend", "revoke"):
        {"suspend": officers.suspend, "revoke": officers.revoke}[action](peer.id, why, by=person)
    elif action == "offers":
        operating.read_offers(peer)
    else:
        raise Http404


def _open(peer: Peer, wanted: Mapping[str, Sequence[str]], person: str) -> None:
    officers.open_capabilities(peer.id, wanted, by=person)


def _price(request: HttpRequest, peer: Peer) -> dict[str, Any]:
    """What an offer of this node costs a buyer there. Raises TradeError."""
    number, pieces = text_of(request, "offer", 40), text_of(request, "quantity", 10)
    buyer = "business" if text_of(request, "buyer") == "business" else "consumer"
    try:
        found = operating.ask_price(peer, number, int(pieces) if pieces.isdecimal() else 0, buyer)
    except NotFound:
        raise TradeError("not_found", "There is no offer {offer}.", "offer", offer=number) from None
    says, look = words.price_state(found.status)
    expires = trade_words.moment(found.expires) if found.expires else "—"
    confirmed = texts_there(found.conditions, peer.economy, day_of(found.law_date) or dt.datetime.now(dt.UTC).date())
    return {"issued": found, "conditions": confirmed, "state": says, "look": look, "expires": expires}


def _approve(peer: Peer, act: str, digest: str, person: str) -> None:
    """Approve what another person proposed; the thumbprints are typed by both. `digest`: of what the page showed."""
    if act == meeting.COMPARE or act not in peer.proposed:
        raise Http404
    if peer.proposals[act].digest != digest:
        raise approvals.changed()
    what = peer.proposed[act]
    if act == meeting.OPEN:
        _open(peer, what["capabilities"], person)
    else:
        officers.decide(peer.id, act, by=person, **what)


def _millionths(text: str) -> int:
    """A percentage that was typed. Raises TradeError."""
    number = text.removesuffix("%").strip()
    if not _PERCENT.fullmatch(number):
        raise TradeError("fee_invalid", "A fee is a percentage from 0 to 100, such as 2.5.", "most")
    whole, _point, part = number.partition(".")
    return int(whole) * 10_000 + int(part.ljust(4, "0"))


def _typed(text: str) -> list[str]:
    """The thumbprints that were typed, each after an empty line."""
    return [each for each in text.replace("\r", "").split("\n\n") if each.strip()]


def _directions(request: HttpRequest, name: str) -> list[str]:
    return [each for each in DIRECTIONS if text_of(request, f"{name}:{each}") == "yes"]


def _context(peer: Peer, actor: Actor) -> dict[str, Any]:
    says, look = words.state(peer)
    now = dt.datetime.now(dt.UTC)
    return {
        "peer": peer,
        "place": translate.place(peer.economy),
        "state": says,
        "look": look,
        "keys": [_key(each) for each in peer.keys],
        "announced": prints.lines(peer.announced.key.thumbprint) if peer.announced else (),
        "announced_key": peer.announced.key.thumbprint if peer.announced else "",
        "proposals": [_proposal(peer, each, actor.person or "", now) for each in peer.proposals],
        "capabilities": _capabilities(peer, now.date()),
        "agreements": operating.agreements(peer, now.date()) if operating.own_node() else [],
        "messages": [_message(each) for each in operating.list_messages(peer.id, LISTED)],
        "fee": percent(peer.fee_most, meeting.MAX_FEE),
        "settlements": [_settlement(each) for each in operating.list_settlements(peer.id, LISTED)],
        "kept": _kept(operating.kept_list(peer.id)),
        "may_act": "manager" in actor.roles and peer.status != "revoked",
    }


def _key(key: Any) -> dict[str, Any]:
    return {
        "lines": prints.lines(key.thumbprint),
        "thumbprint": key.thumbprint,
        "since": translate.day(key.since[:10]),
        "until": translate.day(key.until[:10]) if key.until else "",
    }


def _proposal(peer: Peer, act: str, person: str, now: dt.datetime) -> dict[str, Any]:
    """What a person proposed, as the second person sees it."""
    found = peer.proposals[act]
    what = peer.proposed.get(act, {})
    return {
        "act": act,
        "digest": found.digest,
        "says": words.act(act),
        "what": _what(what),
        "by": operating.name_of_person(found.proposed_by),
        "mine": found.proposed_by == person,
        "typed": act == meeting.COMPARE,
        "until": trade_words.moment(found.expires),
        "expired": approvals.has_expired(found, now),
    }


def _what(what: Mapping[str, Any]) -> list[str]:
    """What was proposed, line by line."""
    if "millionths" in what:
        return [f"{percent(what['millionths'], meeting.MAX_FEE)} %"]
    if "legal_basis" in what:
        return list(what["legal_basis"])
    opened: Mapping[str, Sequence[str]] = what.get("capabilities", {})
    directions = {"in": _("from it to us"), "out": _("from us to it")}
    says = {name: ", ".join(directions[each] for each in both) for name, both in opened.items()}
    return [f"{words.capability(name)}: {each}" for name, each in says.items()]


def _capabilities(peer: Peer, on: dt.date) -> list[dict[str, Any]]:
    """Each capability, whether it is open, and what the law says of opening it."""
    held = operating.capabilities(peer, on) if operating.own_node() else {}
    return [
        {
            "name": name,
            "says": words.capability(name),
            "in": peer.allows(name, "in"),
            "out": peer.allows(name, "out"),
            "held": held[name].state if name in held else "",
            "law": words.held(held[name]) if name in held else "",
        }
        for name in CAPABILITIES
    ]


def _message(record: MessageRecord) -> dict[str, Any]:
    says, look = words.message_state(record.status)
    return {
        "record": record,
        "type": message_words.message_type(record.type),
        "state": says,
        "look": look,
        "sent": record.direction == "out",
        "moment": trade_words.moment(record.created),
    }


def _settlement(found: Settlement) -> dict[str, Any]:
    says, look = words.settlement_state(found.status)
    places = calls.decimals(found.currency) or 0
    return {
        "found": found,
        "state": says,
        "look": look,
        "amount": in_major(abs(found.owed), places),
        "by": operating.name_of_person(found.advanced) if found.advanced else "",
    }


def _kept(found: KeptList | None) -> dict[str, Any] | None:
    """The list of offers that is kept of the node."""
    if found is None:
        return None
    says, look = words.list_state(found.status)
    return {"list": found, "state": says, "look": look, "moment": trade_words.moment(found.read)}
