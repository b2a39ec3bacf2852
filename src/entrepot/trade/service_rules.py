"""What must be met before a service is delivered across a border: the rules of both economies, and consent.

The rules are rows of the packs of both economies: kinds of permits that concern a service. A prohibition closes the
delivery. A licence must be shown by the provider and checked by an operator. Data of a person's health go abroad only
with the consent of that person. Market access and other rules about data are shown: no pack says of them that a step
is missing, and many of these rows were never checked in their text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import msgspec

from entrepot.law.compiled import Law
from entrepot.model.errors import LawError
from entrepot.model.sources import TRUST
from entrepot.trade.service_terms import HEALTH, Terms

#: The kinds of permits that concern the delivery of a service: in the buyer's economy, and in the provider's.
BUYER_KINDS = frozenset({"prohibition", "licence", "registration", "market_access", "data_rule"})
PROVIDER_KINDS = frozenset({"licence", "data_rule"})
#: The ids of conditions.
CLOSED, LICENCE, CONSENT, GUARDIAN = "closed", "licence", "consent", "guardian"
#: The version of the text that is consented to (`trade.health.consent_text`): a consent names the one that was shown.
CONSENT_TEXT = "1"


class ServiceRule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule of an economy about a category of service. `economy` and `id` name its row; `trust`: how sure it is."""

    service: str
    economy: str
    id: str
    kind: str
    authority: str
    says: str
    trust: str
    sources: tuple[str, ...] = ()


class Condition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A condition of a delivery. `state`: open, met or withdrawn; `by`, `time`: who met or withdrew it, and when.

    `text`: the version of the text that was consented to; `economies`: the jurisdictions that it names.
    """

    state: str = "open"
    by: str = ""
    time: str = ""
    text: str = ""
    economies: tuple[str, ...] = ()


def rules_of(
    law: Callable[[str, dt.date], Law], service: str, economies: tuple[str, str], buyer: str, day: dt.date
) -> tuple[ServiceRule, ...]:
    """What the packs of the provider's and the buyer's economy say of the delivery of a service on a day.

    `law`: the compiled law of an economy around a day. Of an economy without a pack nothing is known. A provider and a
    buyer of one economy have its rules once.
    """
    provider, place = economies
    found: dict[tuple[str, str], ServiceRule] = {}
    for economy, kinds in ((place, BUYER_KINDS), (provider, PROVIDER_KINDS)):
        try:
            rules = _rules_in(law(economy, day), service, economy, buyer, provider, kinds)
        except LawError:
            continue
        found |= {(economy, each.id): each for each in rules if (economy, each.id) not in found}
    return tuple(found.values())


def _rules_in(
    law: Law, service: str, economy: str, buyer: str, ship_from: str, kinds: frozenset[str]
) -> list[ServiceRule]:
    line = (("", service, ""),)
    found = []
    for each in law.permits:
        if each.kind not in kinds or not each.goods or not each.meets("", buyer, ship_from, economy, line):
            continue
        basis = law.bases[each.basis]
        found.append(
            ServiceRule(
                service=service,
                economy=economy,
                id=each.id,
                kind=each.kind,
                authority=each.authority,
                says=each.says,
                trust=TRUST[basis.trust],
                sources=tuple(law.sources[cite].title for cite in basis.cites if cite in law.sources),
            )
        )
    return found


def conditions_of(
    terms: Terms, service: str, rules: Sequence[ServiceRule], economies: tuple[str, ...]
) -> dict[str, Condition]:
    """The conditions of a delivery, by their ids. `economies`: the provider's and the buyer's.

    >>> rule = ServiceRule(service="telemedicine", economy="CN", id="tele", kind="licence", authority="", says="",
    ...     trust="unchecked")
    >>> sorted(conditions_of(Terms(kind="visit", minutes=20), "telemedicine", [rule], ("VN", "CN")))
    ['consent', 'licence']
    >>> conditions_of(Terms(kind="booking", resource="as_1"), "consulting", [], ("VN", "CN"))
    {}
    """
    found: dict[str, Condition] = {}
    kinds = {each.kind for each in rules}
    if "prohibition" in kinds:
        found[CLOSED] = Condition(economies=economies)
    if "licence" in kinds and service in HEALTH:
        checked = terms.licence is not None and terms.licence.checked_by
        found[LICENCE] = (
            Condition(state="met", by=terms.licence.checked_by, time=terms.licence.checked_on)
            if checked and terms.licence
            else Condition()
        )
    if service in HEALTH:
        found[CONSENT] = Condition(text=CONSENT_TEXT, economies=economies)
    return found


def opening(conditions: Mapping[str, Condition]) -> str:
    """What conditions make of a delivery that has not begun: closed, waiting or ready.

    >>> opening({}), opening({"consent": Condition()}), opening({"closed": Condition(), "consent": Condition()})
    ('ready', 'waiting', 'closed')
    """
    if CLOSED in conditions:
        return "closed"
    return "ready" if all(each.state == "met" for each in conditions.values()) else "waiting"


def is_met(conditions: Mapping[str, Condition], name: str) -> bool:
    """Whether a condition is one of these, and met."""
    return name in conditions and conditions[name].state == "met"
