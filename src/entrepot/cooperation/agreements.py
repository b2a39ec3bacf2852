"""What is in force between two economies on a day, and what it opens to their nodes.

- An agreement counts for two economies if it is in force for both on the day, and toward each other.
- A transition or a reservation of one party takes the article out for that pair; other agreements are not affected.
- Only a provision that binds opens or closes a capability or requires something of the parties (no customs duty, no
  demand for source code); a soft one is shown. Closing wins over opening.
- A memorandum opens programmes and talk only: no tariff, no legal effect of a document, no transfer of data.
- Without an agreement everything is open that national law allows; withheld is only what needs an agreement.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from entrepot.law.agreement_records import Agreement, Agreements, Dated, Party, Provision
from entrepot.model.agreement_words import CAPABILITIES, TOPICS
from entrepot.model.sources import TRUST, weakest

#: What a capability needs before a node may open it. `nothing`: national law allows it without an agreement.
#: `cooperation`: an agreement in force between the two, also a memorandum, because two administrations act together.
NEEDS: Mapping[str, Literal["nothing", "cooperation"]] = {
    "programmes": "cooperation",
    "offer.read": "nothing",
    "quote": "nothing",
    "order": "nothing",
    "documents": "nothing",
    "delivery": "nothing",
    "statistics": "cooperation",
    "statistics.orders": "cooperation",
}
#: Effects that only a binding provision gives, by the capability that has them: its topics, all of which must be open.
EFFECTS_THAT_NEED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "documents": {"legal_effect": ("paperless",), "signature_recognized": ("e_signature",)},
    "order": {"signature_recognized": ("e_signature",), "data_flows": ("data_flows",)},
    "delivery": {"no_customs_duty": ("customs_duties",), "data_flows": ("data_flows",)},
}

#: `open`: it may be opened. `withheld`: it needs an agreement, and none is in force. `closed`: an agreement closes it.
CapabilityState: TypeAlias = Literal["open", "withheld", "closed"]


@dataclass(frozen=True, slots=True)
class Link:
    """An agreement in force between two economies on a day: the two parties' rows, and those of the state."""

    agreement: Agreement
    parties: tuple[Party, Party]
    state: Dated

    @property
    def memorandum(self) -> bool:
        """Whether it opens programmes and talk only."""
        return self.agreement.kind == "memorandum"

    @property
    def trust(self) -> str:
        """The weakest trust of its rows: that it is in force, and for each of the two."""
        return weakest([self.state.trust, *(party.trust for party in self.parties)]) or "unchecked"


@dataclass(frozen=True, slots=True)
class Article:
    """A provision of an agreement in force between two economies, with what it does for this pair on this day.

    `applies`: it binds both, so that its effect counts. `reason`: why not: `soft`, `mixed`, `unknown`, `transition` or
    `reservation`. `held_by`: the economies whose transition or reservation it is. `disputes`: whether disputes on
    it can be settled; None if it is not known.
    """

    link: Link
    provision: Provision
    applies: bool
    reason: str = ""
    held_by: tuple[str, ...] = ()
    disputes: bool | None = None

    @property
    def dates(self) -> tuple[str, str]:
        """The days on which the agreement came into force for the two economies."""
        first, second = self.link.parties
        return first.since, second.since

    @property
    def trust(self) -> str:
        """The weakest trust of the article and of the dates on which it came into force."""
        return weakest([self.provision.trust, self.link.trust]) or "unchecked"


@dataclass(frozen=True, slots=True)
class Capability:
    """What two nodes may open to each other under a name, and what it rests on.

    `needs`: `nothing` beside national law, or `cooperation`. `opened_by`, `closed_by`, `required_by`: articles that
    apply. `grounds`: the agreements that `cooperation` rests on. `effects`: what only a binding article gives, and
    whether it is given (`legal_effect` of documents). `trust`: the weakest of what decides; None if only national law
    does. `outcome`: `estimated` where it is unchecked.
    """

    name: str
    state: CapabilityState
    needs: str
    grounds: tuple[Link, ...] = ()
    opened_by: tuple[Article, ...] = ()
    closed_by: tuple[Article, ...] = ()
    required_by: tuple[Article, ...] = ()
    effects: Mapping[str, bool] | None = None
    trust: str | None = None

    @property
    def agreements(self) -> tuple[str, ...]:
        """The ids of the agreements that it rests on, in the order of the pack; empty if national law is enough."""
        links = [*self.grounds, *(each.link for each in (*self.opened_by, *self.required_by))]
        return tuple(dict.fromkeys(link.agreement.id for link in links))

    @property
    def outcome(self) -> Literal["complete", "estimated"]:
        """How far the answer can be relied on."""
        return "estimated" if self.trust in ("unchecked", "user") else "complete"


def in_force(law: Agreements, a: str, b: str, on: dt.date) -> tuple[Link, ...]:
    """The agreements in force between two economies on a day, in the order of the pack.

    >>> from entrepot.law.library import Library
    >>> law = Library().agreements()
    >>> [link.agreement.id for link in in_force(law, "VN", "CN", dt.date(2026, 3, 31))]
    ['rcep_ecommerce', 'silk_road_ecommerce', 'wto_moratorium']
    >>> [link.agreement.id for link in in_force(law, "VN", "CN", dt.date(2026, 4, 1))]
    ['rcep_ecommerce', 'silk_road_ecommerce']
    """
    return tuple(link for agreement in law.agreements if (link := _link(agreement, a, b, on.isoformat())))


def articles(law: Agreements, a: str, b: str, on: dt.date) -> tuple[Article, ...]:
    """Every provision of the agreements in force between two economies, by topic, with what it does for them."""
    found = [each for link in in_force(law, a, b, on) for each in _articles(link, on.isoformat())]
    return tuple(sorted(found, key=lambda each: TOPICS.index(each.provision.topic)))


def opened(law: Agreements, a: str, b: str, on: dt.date) -> dict[str, Capability]:
    """What the nodes of two economies may open to each other on a day, by capability, with articles, dates and trust.

    `law`: `Library.agreements()`. The names are `CAPABILITIES`: programmes, and the seven of nodes (`offer.read` …).

    >>> from entrepot.law.library import Library
    >>> law = Library().agreements()
    >>> documents = opened(law, "VN", "CN", dt.date(2026, 3, 1))["documents"]
    >>> documents.state, documents.effects["legal_effect"], documents.outcome
    ('open', False, 'estimated')
    >>> [(each.link.agreement.id, each.provision.article, each.dates) for each in documents.opened_by]
    [('rcep_ecommerce', '12.6', ('2022-01-01', '2022-01-01'))]
    >>> opened(law, "VN", "US", dt.date(2026, 4, 1))["statistics"].state
    'withheld'
    """
    links = in_force(law, a, b, on)
    found = articles(law, a, b, on)
    return {name: _capability(name, links, found) for name in CAPABILITIES}


def elsewhere(law: Agreements, a: str, b: str, on: dt.date) -> tuple[tuple[Agreement, Dated, str], ...]:
    """Agreements of the two that open nothing between them on the day, each with its row and the reason.

    The reasons: `negotiated`, `concluded`, `signed` and `lapsed` are states of the agreement; `one_party`: it is in
    force for one of the two only; `apart`: for both, and not toward each other.
    """
    day, found = on.isoformat(), []  # type: str, list[tuple[Agreement, Dated, str]]
    for agreement in law.agreements:
        if _link(agreement, a, b, day):
            continue
        state = next((row for row in agreement.states if row.on(day)), None)
        if state is None:
            continue
        if state.state != "in_force":
            signed = agreement.signatories
            if signed is None or (signed.has(a) and signed.has(b)):
                found.append((agreement, state, state.state))
        elif mine := [party for party in agreement.parties if party.economy in (a, b) and party.on(day)]:
            both = len({party.economy for party in mine}) == 2
            found.append((agreement, mine[0], "apart" if both else "one_party"))
    return tuple(found)


def _link(agreement: Agreement, a: str, b: str, day: str) -> Link | None:
    """The agreement as it is in force between two economies; None if it is not."""
    state = next((row for row in agreement.states if row.on(day) and row.state == "in_force"), None)
    if state is None or a == b:
        return None
    first, second = _toward(agreement, a, b, day), _toward(agreement, b, a, day)
    return Link(agreement, (first, second), state) if first and second else None


def _toward(agreement: Agreement, economy: str, other: str, day: str) -> Party | None:
    """The row of a party that holds on a day toward another economy."""
    rows = (party for party in agreement.parties if party.economy == economy and party.on(day))
    return next((party for party in rows if party.partners is None or party.partners.has(other)), None)


def _articles(link: Link, day: str) -> Iterator[Article]:
    codes = [party.economy for party in link.parties]
    rows = [row for row in link.agreement.reservations if row.economy in codes and row.on(day)]
    for provision in link.agreement.provisions:
        if not provision.on(day):
            continue
        mine = [row for row in rows if provision.article and row.article == provision.article]
        held = [row for row in mine if row.kind != "no_disputes"]
        excluded = provision.disputes == "no" or any(row.kind == "no_disputes" for row in mine)
        binds = provision.effect != "shows" and provision.force in ("hard", "mixed") and not link.memorandum
        yield Article(
            link,
            provision,
            applies=binds and not held,
            reason=held[0].kind if held else "" if binds else provision.force,
            held_by=tuple(row.economy for row in held),
            disputes=False if excluded else True if provision.disputes == "yes" else None,
        )


def _capability(name: str, links: tuple[Link, ...], found: Iterable[Article]) -> Capability:
    apply = [each for each in found if each.applies]
    mine = {
        effect: tuple(each for each in apply if each.provision.effect == effect and name in each.provision.capabilities)
        for effect in ("opens", "closes", "requires")
    }
    grounds = tuple(link for link in links if link.agreement.kind != "decision") if NEEDS[name] == "cooperation" else ()
    effects = {
        effect: all(any(each.provision.topic == topic for each in apply) for topic in topics)
        for effect, topics in EFFECTS_THAT_NEED.get(name, {}).items()
    }
    decides = [each.trust for group in mine.values() for each in group]
    if grounds:  # any of them is enough: the one that can be trusted most decides
        decides.append(min((link.trust for link in grounds), key=TRUST.index))
    withheld = NEEDS[name] == "cooperation" and not grounds
    return Capability(
        name=name,
        state="closed" if mine["closes"] else "withheld" if withheld else "open",
        needs=NEEDS[name],
        grounds=grounds,
        opened_by=mine["opens"],
        closed_by=mine["closes"],
        required_by=mine["requires"],
        effects=effects or None,
        trust=weakest(decides),
    )
