"""May these personal data go from one economy to another? By the rows of the origin's pack, never by silence.

`decide` is pure. `leave` decides in a transaction with what the books know: how many persons are counted, since when
data leave, what mechanisms are recorded; it counts the person and keeps an entry for the person's log.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from entrepot.law.records import TransferRule
from entrepot.model.data_words import DATA_CATEGORIES, EXPORTERS, TRANSFER_GROUNDS, TRANSFER_OUTCOMES
from entrepot.model.errors import TradeError, nearest
from entrepot.model.sources import PACK_TRUST, weakest
from entrepot.trade.limits import legal_day
from entrepot.trade.ports import Transaction
from entrepot.trade.reasons import Reason
from entrepot.trade.transfers.counting import PeopleAccount, count_person, counted
from entrepot.trade.transfers.leaving import Disclosure, Leaving, reference
from entrepot.trade.transfers.routes import Route, route_of

FREE, MECHANISM, ASSESSMENT, UNKNOWN, FORBIDDEN = TRANSFER_OUTCOMES
#: What may leave for each purpose: nothing else does.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "delivery": ("name", "telephone", "address", "district"),
    "clearance": ("name", "identity_type", "identity_number", "telephone", "address"),
    "consultation": ("name", "born", "language", "reason", "history", "medicines", "allergies"),
    "course": ("name", "email"),
    "participation": ("participation",),
    "document": ("document",),
    "link": ("link",),
}


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision needs. `people`: distinct persons of the year with this one, None if not known.

    `first`: the day on which such data left for the first time, None for now; `held`: the mechanisms that are recorded.
    """

    origin: str
    destination: str
    category: str
    ground: str
    on: dt.date
    exporter: str = "ordinary"
    people: int | None = None
    first: dt.date | None = None
    held: frozenset[str] = frozenset()


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Whether data may leave. `outcome`: one of `TRANSFER_OUTCOMES`; `rules`: the rows that decided.

    `mechanisms`: each would make it lawful; `held`: that which does; `due`: by when one must be recorded;
    `most`: up to how many persons of the year this decision holds; `assumed`: facts that were not known.
    """

    allowed: bool
    outcome: str
    reason: Reason
    rules: tuple[TransferRule, ...]
    mechanisms: tuple[str, ...] = ()
    held: str = ""
    due: dt.date | None = None
    most: int | None = None
    assumed: tuple[str, ...] = ()


def decide(rules: Sequence[TransferRule], facts: Facts) -> Decision:
    """Decide by the rules of the origin's law. Raises TradeError for words that are not known.

    A rule that names the ground or the destination goes before one that does not; among equals the strictest decides.

    >>> from entrepot.law.library import Library
    >>> law = Library().law("CN", dt.date(2026, 3, 1))
    >>> sale = Facts(origin="CN", destination="VN", category="ordinary", ground="contract", on=dt.date(2026, 3, 1))
    >>> decide(law.transfers, sale).outcome
    'free'
    >>> visit = msgspec.structs.replace(sale, category="sensitive", ground="consent", people=10_000)
    >>> decide(law.transfers, visit).outcome, decide(law.transfers, visit).mechanisms
    ('assessment', ('security_assessment',))
    """
    check_words(facts)
    fitting = [each for each in rules if _fits(each, facts)]
    if facts.origin == facts.destination:
        return _decision(True, FREE, "transfer.inside", facts, ())
    found = _deciding(fitting)
    if not found:
        return _unknown(facts, ())
    outcome = found[0].outcome
    if outcome == FREE:
        return _decision(True, outcome, "transfer.free", facts, found)
    if outcome == FORBIDDEN:
        return _decision(False, outcome, "transfer.forbidden", facts, found)
    if outcome == UNKNOWN:
        return _unknown(facts, found)
    return _needing(facts, outcome, found)


def check_words(facts: Facts) -> None:
    """Raise TradeError for a category, a ground or an exporter that is not known."""
    for name, known in (("category", DATA_CATEGORIES), ("ground", TRANSFER_GROUNDS), ("exporter", EXPORTERS)):
        word = getattr(facts, name)
        if word not in known:
            raise TradeError(
                "transfer_word",
                "{word!r} is not known as the {name} of a transfer of data. Known: {known}.",
                name,
                nearest(word, known),
                word=word,
                name=name,
                known=", ".join(known),
            )


def _fits(rule: TransferRule, facts: Facts) -> bool:
    day = facts.on.isoformat()
    if not rule.basis.since <= day or (rule.basis.until is not None and day >= rule.basis.until):
        return False
    if rule.origin is not None and not rule.origin.has(facts.origin):
        return False
    if rule.destination is not None and not rule.destination.has(facts.destination):
        return False
    if facts.category not in rule.category or (rule.ground and facts.ground not in rule.ground):
        return False
    if rule.exporter and facts.exporter not in rule.exporter:
        return False
    # A number that is not known may be any: each rule may apply, and the strictest of them decides.
    people = facts.people
    return people is None or ((rule.people_from or 0) <= people and (rule.people_to is None or people < rule.people_to))


def _deciding(fitting: Iterable[TransferRule]) -> tuple[TransferRule, ...]:
    """The rules that decide: forbidding ones, else the most specific, and the strictest of them."""
    rules = list(fitting)
    forbidding = tuple(each for each in rules if each.outcome == FORBIDDEN)
    if forbidding or not rules:
        return forbidding
    specific = max(map(_named, rules))
    rules = [each for each in rules if _named(each) == specific]
    strictest = max(TRANSFER_OUTCOMES.index(each.outcome) for each in rules)
    return tuple(each for each in rules if each.outcome == TRANSFER_OUTCOMES[strictest])


def _named(rule: TransferRule) -> int:
    return bool(rule.ground) + (rule.destination is not None)


def _needing(facts: Facts, outcome: str, found: tuple[TransferRule, ...]) -> Decision:
    """A transfer that a mechanism makes lawful: one is recorded, or due later, or missing."""
    several = set.intersection(*(set(each.mechanisms) for each in found))
    mechanisms = tuple(name for name in found[0].mechanisms if name in several)
    named = {"mechanism": " ".join(mechanisms)}
    held = next((name for name in mechanisms if name in facts.held), "")
    if held:
        return _decision(True, outcome, "transfer.held", facts, found, {"mechanism": held}, mechanisms, held=held)
    days = [each.due_within_days for each in found]
    if any(each is None for each in days):
        return _decision(False, outcome, "transfer.missing", facts, found, named, mechanisms)
    due = (facts.first or facts.on) + dt.timedelta(days=min(each for each in days if each is not None))
    in_time, named = facts.on <= due, {**named, "due": due.isoformat()}
    code = "transfer.due" if in_time else "transfer.late"
    return _decision(in_time, outcome, code, facts, found, named, mechanisms, due=due)


def _unknown(facts: Facts, found: tuple[TransferRule, ...]) -> Decision:
    """The law is not known: the data stay, unless a lawyer's opinion is recorded."""
    opinion = "legal_opinion"
    held = opinion if opinion in facts.held else ""
    code = "transfer.held" if held else "transfer.unknown"
    values = {"mechanism": opinion}
    return _decision(bool(held), UNKNOWN, code, facts, found, values, (opinion,), held=held)


def _decision(
    allowed: bool,
    outcome: str,
    code: str,
    facts: Facts,
    rules: tuple[TransferRule, ...],
    values: Mapping[str, str] = {},  # it is only read
    mechanisms: tuple[str, ...] = (),
    *,
    held: str = "",
    due: dt.date | None = None,
) -> Decision:
    told = {"origin": facts.origin, "destination": facts.destination, **values}
    sources = tuple(dict.fromkeys(cite for each in rules for cite in each.basis.cites))
    trust = weakest(PACK_TRUST[each.basis.trust] for each in rules) or PACK_TRUST[-1]
    bounds = [each.people_to - 1 for each in rules if each.people_to is not None]
    counts = any(each.people_from is not None or each.people_to is not None for each in rules)
    return Decision(
        allowed=allowed,
        outcome=outcome,
        reason=Reason(code, told, sources, trust, rules[0].basis.where if rules else ""),
        rules=rules,
        mechanisms=mechanisms,
        held=held,
        due=due,
        most=min(bounds, default=None),
        assumed=("people",) if counts and facts.people is None else (),
    )


def minimised(purpose: str, values: Mapping[str, str]) -> dict[str, str]:
    """What of personal data may leave for a purpose: the fields that it needs and that are given.

    >>> minimised("delivery", {"name": "Li", "identity_number": "11010519491231002X", "telephone": "1380"})
    {'name': 'Li', 'telephone': '1380'}
    """
    if purpose not in FIELDS:
        known = ", ".join(FIELDS)
        raise TradeError(
            "purpose_unknown",
            "{word!r} is not a purpose for which data leave. Known: {known}.",
            "purpose",
            nearest(purpose, FIELDS),
            word=purpose,
            known=known,
        )
    return {name: values[name] for name in FIELDS[purpose] if values.get(name)}


def leave(tx: Transaction, rules: Sequence[TransferRule], asked: Disclosure, *, exporter: str = "ordinary") -> Leaving:
    """Decide whether personal data may leave, count the person, and keep an entry of the log. It is not sent by this.

    `rules`: those of the law of the origin. The entry says `allowed` or not, with the reason; `note_sent` adds each
    message that leaves. Raises TradeError for fields that the purpose does not need.
    """
    if extra := sorted(set(asked.fields) - set(minimised(asked.purpose, dict.fromkeys(asked.fields, "x")))):
        raise TradeError(
            "field_not_needed",
            "{fields} are not needed for this purpose and are not sent.",
            "fields",
            fields=", ".join(extra),
        )
    route, day = route_of(tx, asked.origin, asked.destination), legal_day(asked.origin, tx.time)
    account = PeopleAccount(
        asked.origin, day.year, asked.category, tx.keyed_hash(f"data-person:{asked.origin}:{asked.person}")
    )
    people, known = counted(account, tx.balance)
    people += not known
    first = route.first.get(asked.category)
    facts = Facts(
        origin=asked.origin,
        destination=asked.destination,
        category=asked.category,
        ground=asked.ground,
        on=day,
        exporter=exporter,
        people=people,
        first=dt.date.fromisoformat(first) if first else None,
        held=route.held(day),
    )
    made = decide(rules, facts)
    if made.allowed and not first and made.outcome != FREE:
        tx.append(route.id, "transfer_route.used", {"category": asked.category, "day": day.isoformat()})
    postings = count_person(account, made.most) if made.allowed and not known else ()
    kind = "leaving.allowed" if made.allowed else "leaving.refused"
    number = tx.lookup(reference(asked.recipient, asked.about)) or tx.new_id("lv_")
    found: Leaving = tx.append(number, kind, _entry(asked, made, people), postings=postings)
    return found


def _entry(asked: Disclosure, made: Decision, people: int) -> dict[str, object]:
    return {
        **{name: each for name, each in msgspec.to_builtins(asked).items() if name != "person"},
        "outcome": made.outcome,
        "code": made.reason.code,
        "values": dict(made.reason.values),
        "rows": [each.basis.where for each in made.rules],
        "sources": list(made.reason.sources),
        "trust": made.reason.trust,
        "people": people,
        **({"due": made.due.isoformat()} if made.due else {}),
    }


__all__ = ["FIELDS", "Decision", "Facts", "Route", "check_words", "decide", "leave", "minimised"]
