"""The commands under `screening`: lists, names, and what waits for an operator."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import read_day
from entrepot.cli.sale_options import known_economy
from entrepot.cli.serve import known_word
from entrepot.language.translate import N_, _, number, plural
from entrepot.model.errors import TradeError

if TYPE_CHECKING:
    from entrepot.cooperation.screening.entries import Party
    from entrepot.trade.screening.results import Screening

OUTCOMES = {
    "hit": N_("hit"),
    "no_hit": N_("no hit"),
    "not_comparable": N_("not comparable"),
    "cleared": N_("cleared"),
    "confirmed": N_("confirmed"),
}


def add(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot screening add LIST FILE`."""
    from entrepot.trade_app import screening

    try:
        content = Path(arguments["file"]).read_bytes()
    except OSError as error:
        message = _("{file} cannot be read: {why}.").format(file=arguments["file"], why=error.strerror or error)
        raise Stop(exit_codes.USAGE, "unreadable", message, "FILE") from None
    name = arguments["name"].strip().lower()
    try:
        register = screening.add_list(name, content, licence=arguments["licence"] or "", by=_person(arguments))
    except TradeError as error:
        raise _stop(error) from None
    return _put_lists(register.lists, arguments)


def remove(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot screening remove LIST`."""
    from entrepot.trade_app import screening

    try:
        register = screening.remove_list(arguments["name"].strip().lower(), by=_person(arguments))
    except TradeError as error:
        raise _stop(error) from None
    return _put_lists(register.lists, arguments)


def lists(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot screening lists`."""
    from entrepot.trade_app import screening

    return _put_lists(screening.lists_in_use(), arguments)


def check(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot screening check NAME…`: nothing is recorded. Anything but no hit is a refusal."""
    from entrepot.cooperation.screening.entries import ALGORITHM, THRESHOLD
    from entrepot.trade_app import screening

    party = _party(arguments)
    try:
        used = screening.lists_in_use()
        found = screening.check(party, used)
    except TradeError as error:
        raise _stop(error) from None
    if not found:
        raise Stop(exit_codes.NO_LAW, "no_list", _("No list was added: `entrepot screening add` adds one."), "LIST")
    outcome = screening.overall(found)
    if arguments["json"]:
        data = [
            {
                "list": name,
                "digest": used[name].digest,
                "outcome": each.outcome,
                "compared": each.compared,
                "uncompared": each.uncompared,
                "assumed": list(each.assumed),
                "matches": [
                    {"entry": one.entry, "name": one.name, "score": one.score, "because": list(one.because)}
                    for one in each.matches
                ],
            }
            for name, each in found.items()
        ]
        head = {"object": "screening_check", "outcome": outcome, "algorithm": ALGORITHM, "threshold": THRESHOLD}
        exit_codes.put_json({**head, "lists": data})
    else:
        for name, each in found.items():
            exit_codes.put_text(f"{name}: {_(OUTCOMES[each.outcome])}\n")
            if each.uncompared:
                template = _("  {count} entries have no name that can be compared with these.")
                exit_codes.put_text(template.format(count=number(str(each.uncompared))) + "\n")
            for one in each.matches:
                exit_codes.put_text(f"  {one.score} % {one.name} ({one.entry}; {', '.join(one.because)})\n")
    return exit_codes.SUCCESS if outcome == "no_hit" else exit_codes.REFUSED


def _party(arguments: Mapping[str, Any]) -> Party:
    """The party that the options describe. Raises Stop: a word that is not understood would lower a score."""
    from entrepot import app
    from entrepot.cooperation.screening.entries import ORGANIZATION, PERSON, Party

    kind, birth, country = (arguments[name] for name in ("party_kind", "birth", "country"))
    if birth and not (len(birth) == 4 and birth.isascii() and birth.isdigit()):
        birth = str(read_day(birth, "--birth"))
    return Party(
        names=tuple(arguments["names"]),
        kind=known_word(kind, "--kind", (PERSON, ORGANIZATION)) if kind else "",
        birth=birth or "",
        country=known_economy(country, "--country", app.library().world) if country else "",
        identifiers=tuple(filter(None, [arguments["identifier"]])),
    )


def list_open(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot screening list`: what waits for an operator."""
    from entrepot.trade_app import screening

    found = screening.open_screenings()
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [_as_json(each) for each in found]})
    elif not found:
        exit_codes.put_text(_("Nothing waits for a decision.") + "\n")
    else:
        for each in found:
            matches = ", ".join(f"{one.party}: {one.list} {one.entry} {one.score} %" for one in each.matches)
            exit_codes.put_text(f"{each.id} {each.about} {_(OUTCOMES[each.status])} {matches}".rstrip() + "\n")
    return exit_codes.SUCCESS


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot screening run`: screens the open orders now; the worker does it each minute."""
    from entrepot.trade_app import screening

    try:
        count = screening.screen_orders()
    except TradeError as error:
        raise _stop(error) from None
    if arguments["json"]:
        exit_codes.put_json({"object": "screening_run", "orders": count})
    else:
        exit_codes.put_text(plural(count, "{n} order was screened.", "{n} orders were screened.") + "\n")
    return exit_codes.SUCCESS


def clear(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot screening clear NUMBER`."""
    return _decide(arguments, why=arguments["why"] or "", confirm=False)


def confirm(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot screening confirm NUMBER`."""
    return _decide(arguments, why="", confirm=True)


def _decide(arguments: Mapping[str, Any], *, why: str, confirm: bool) -> int:
    from entrepot.trade.ports import NotFound
    from entrepot.trade_app import screening

    note = arguments["note"] or ""
    try:
        found = screening.decide(arguments["number"], by=_person(arguments), why=why, note=note, confirm=confirm)
    except NotFound:
        message = _("There is no screening {number}.").format(number=arguments["number"])
        raise Stop(exit_codes.NO_LAW, "not_found", message, "NUMBER") from None
    except TradeError as error:
        raise _stop(error) from None
    if arguments["json"]:
        exit_codes.put_json(_as_json(found))
    else:
        exit_codes.put_text(f"{found.id} {_(OUTCOMES[found.status])}\n")
    return exit_codes.SUCCESS


def _stop(error: TradeError) -> Stop:
    return Stop(exit_codes.USAGE, error.code, error.said(_), error.param)


def _person(arguments: Mapping[str, Any]) -> str:
    name = (arguments["by"] or "").strip()
    if not name or len(name) > 50 or not name.isprintable():
        raise Stop(exit_codes.USAGE, "person_missing", _("Say who you are, with --by NAME."), "--by")
    return f"cli:{name}"


def _put_lists(found: Mapping[str, Any], arguments: Mapping[str, Any]) -> int:
    if arguments["json"]:
        data = [
            {
                "name": name,
                "format": each.format,
                "version": each.version or None,
                "digest": each.digest,
                "entries": each.entries,
                "licence": each.licence,
                "added": each.added,
                "by": each.by,
            }
            for name, each in sorted(found.items())
        ]
        exit_codes.put_json({"object": "list", "data": data})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No list was added: `entrepot screening add` adds one.") + "\n")
    for name, each in sorted(found.items()):
        entries = plural(each.entries, "{n} entry", "{n} entries")
        exit_codes.put_text(
            f"{name} · {each.version or each.added[:10]} · {entries} · {each.digest[:12]} · {each.licence}\n"
        )
    return exit_codes.SUCCESS


def _as_json(found: Screening) -> dict[str, Any]:
    import msgspec

    return {"object": "screening", **msgspec.to_builtins(found)}
