"""The commands under `transfers`: may data leave, by which rules, and the mechanisms that two persons recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrepot import app
from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import open_packs, read_day, today
from entrepot.cli.sale_options import known_economy
from entrepot.cli.serve import known_word, whole_number
from entrepot.cli.wrap import indent_lines, join_parts
from entrepot.cooperation import transfer_words as words
from entrepot.cooperation.transfers import Decision, Facts, decide
from entrepot.language import translate
from entrepot.language.translate import _, label, pack_text
from entrepot.law.compiled import Law
from entrepot.law.records import TransferRule
from entrepot.model.errors import TradeError
from entrepot.model.sources import PACK_TRUST

if TYPE_CHECKING:
    from entrepot.trade.transfers.routes import Route

MAX_PEOPLE = 10**9


def check(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot transfers check FROM TO`: a refusal is an exit code of its own."""
    library, on = open_packs(arguments["packs"]), read_day(arguments["on"], "--on") or today()
    origin, destination = (
        known_economy(arguments[name], place, library.world)
        for name, place in (("origin", "FROM"), ("destination", "TO"))
    )
    held = [known_word(each, "--held", tuple(words.MECHANISMS)) for each in filter(None, [arguments["held"]])]
    law = library.law(origin, on)
    translate.use_law(law)
    facts = Facts(
        origin=origin,
        destination=destination,
        category=arguments["category"] or "ordinary",
        ground=arguments["ground"] or "contract",
        exporter=arguments["exporter"] or "ordinary",
        people=whole_number(arguments["people"], "--people", MAX_PEOPLE),
        first=read_day(arguments["first"], "--first"),
        held=frozenset(held),
        on=on,
    )
    try:
        made = decide(law.transfers, facts)
    except TradeError as error:
        raise Stop(exit_codes.USAGE, error.code, error.said(_), f"--{error.param}") from None
    if arguments["json"]:
        exit_codes.put_json(_decision_json(law, facts, made))
    else:
        screen = terminal.console()
        width = terminal.width_of(screen)
        text = words.reason_text(made.reason.code, made.reason.values)
        head = indent_lines(text, width, " ", "bold green" if made.allowed else "bold red")
        if made.assumed:
            head += indent_lines(_("The number of persons is not given: the strictest rule is assumed."), width, " ")
        terminal.put_lines(screen, join_parts([head, _rule_lines(law, made.rules, width)]))
    return exit_codes.SUCCESS if made.allowed else exit_codes.REFUSED


def rules(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot transfers rules FROM`."""
    library, on = open_packs(arguments["packs"]), read_day(arguments["on"], "--on") or today()
    law = library.law(known_economy(arguments["origin"], "FROM", library.world), on)
    translate.use_law(law)
    found = rules_on(law, on.isoformat())
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [_rule_json(law, each) for each in found]})
        return exit_codes.SUCCESS
    screen = terminal.console()
    width = terminal.width_of(screen)
    head = indent_lines(f"{translate.place_of_law(law.title)} · {_('Data sent abroad')}", width, " ", "bold")
    if not found:
        head += indent_lines(_("The pack has no rule for this day: nothing is known, so nothing is free."), width, " ")
    terminal.put_lines(screen, join_parts([head, _rule_lines(law, found, width)]))
    return exit_codes.SUCCESS


def rules_on(law: Law, day: str) -> tuple[TransferRule, ...]:
    """The rules in force on a day."""
    return tuple(
        each
        for each in law.transfers
        if each.basis.since <= day and (each.basis.until is None or day < each.basis.until)
    )


def list_routes(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot transfers list`: the routes of this node and their mechanisms."""
    from entrepot.trade_app.nodes import transfers

    found = transfers.list_routes()
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [_route_json(each) for each in found]})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No data left this node, and no mechanism is recorded.") + "\n")
    for each in found:
        exit_codes.put_text(f"{each.origin} → {each.destination}\n")
        for mechanism in each.mechanisms:
            state = _("approved") if mechanism.proposal.approved else _("waits for a second person")
            exit_codes.put_text(f"  {mechanism.name} {mechanism.number} {mechanism.until}: {state}\n")
    return exit_codes.SUCCESS


def record(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot transfers record FROM TO MECHANISM`."""
    from entrepot.trade_app.nodes import transfers

    until = read_day(arguments["until"], "--until")
    if until is None:
        raise Stop(exit_codes.USAGE, "missing", _("Give the end with --until."), "--until")
    number = arguments["number"] or ""
    return _act(arguments, lambda way, by: transfers.record(*way, number=number, until=until, by=by))


def approve(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot transfers approve FROM TO MECHANISM`."""
    from entrepot.trade_app.nodes import transfers

    return _act(arguments, lambda way, by: transfers.approve(*way, by=by))


def withdraw(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot transfers withdraw FROM TO MECHANISM`."""
    from entrepot.trade_app.nodes import transfers

    return _act(arguments, lambda way, by: transfers.withdraw(*way, by=by))


def _act(arguments: Mapping[str, Any], act: Any) -> int:
    name = (arguments["by"] or "").strip()
    if not name or len(name) > 50 or not name.isprintable():
        raise Stop(exit_codes.USAGE, "person_missing", _("Say who you are, with --by NAME."), "--by")
    world = app.library().world
    origin, destination = (
        known_economy(arguments[name], place, world) for name, place in (("origin", "FROM"), ("destination", "TO"))
    )
    way = origin, destination, arguments["mechanism"]
    try:
        route: Route = act(way, f"cli:{name}")
    except TradeError as error:
        raise Stop(exit_codes.USAGE, error.code, error.said(_), error.param) from None
    if arguments["json"]:
        exit_codes.put_json(_route_json(route))
    else:
        waiting = any(each.name == way[2] and not each.proposal.approved for each in route.mechanisms)
        done = _("Recorded. A second person approves it with `entrepot transfers approve`.") if waiting else _("Done.")
        exit_codes.put_text(done + "\n")
    return exit_codes.SUCCESS


def _rule_lines(law: Law, found: tuple[TransferRule, ...], width: int) -> list[Text]:
    lines: list[Text] = []
    for each in found:
        lines += indent_lines(f"{words.rule_name(each)}: {words.rule_says(each)}", width, "   ")
        basis = each.basis
        template = _("from {since} until {until}") if basis.until else _("since {since}")
        dates = template.format(since=translate.day(basis.since), until=translate.day(basis.until))
        source = law.sources[basis.cites[0]]
        cited = f"{label(PACK_TRUST[basis.trust])} · {dates} · {basis.where} · {pack_text(source.title)}"
        lines += indent_lines(cited, width, "     ", "dim")
    return lines


def _rule_json(law: Law, rule: TransferRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "category": list(rule.category),
        "ground": list(rule.ground),
        "exporter": list(rule.exporter),
        "destination": None if rule.destination is None else sorted(rule.destination.codes),
        "people_from": rule.people_from,
        "people_to": rule.people_to,
        "outcome": rule.outcome,
        "mechanisms": list(rule.mechanisms),
        "due_within_days": rule.due_within_days,
        "authority": rule.authority,
        "note": rule.note,
        "since": rule.basis.since,
        "until": rule.basis.until,
        "trust": PACK_TRUST[rule.basis.trust],
        "row": rule.basis.where,
        "sources": [{"source": each, "title": law.sources[each].title} for each in rule.basis.cites],
    }


def _decision_json(law: Law, facts: Facts, made: Decision) -> dict[str, Any]:
    return {
        "object": "transfer_decision",
        "origin": facts.origin,
        "destination": facts.destination,
        "date": facts.on.isoformat(),
        "allowed": made.allowed,
        "outcome": made.outcome,
        "code": made.reason.code,
        "message": words.reason_text(made.reason.code, made.reason.values),
        "mechanisms": list(made.mechanisms),
        "held": made.held or None,
        "due": made.due.isoformat() if made.due else None,
        "assumed": list(made.assumed),
        "trust": made.reason.trust,
        "rules": [_rule_json(law, each) for each in made.rules],
    }


def _route_json(route: Route) -> dict[str, Any]:
    return {
        "object": "transfer_route",
        "id": route.id,
        "origin": route.origin,
        "destination": route.destination,
        "first": dict(route.first),
        "mechanisms": [
            {
                **each.says(),
                "approved": each.proposal.approved,
                "proposed_by": each.proposal.proposed_by,
                "approved_by": each.proposal.approved_by or None,
            }
            for each in route.mechanisms
        ],
    }
