"""The agreements between two economies as one answer: for the terminal, the library, the API and the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import msgspec

from entrepot.cooperation import agreements, words
from entrepot.cooperation.agreements import Article, Capability, Link
from entrepot.language import translate
from entrepot.language.translate import _, pack_text
from entrepot.law.agreement_records import Agreement, Agreements, Dated
from entrepot.model.sources import CitedSource


class AgreementRow(msgspec.Struct, kw_only=True):
    """The dates of a row, how far it can be trusted, its location in the packs, and keys of `sources`."""

    since: str
    until: str | None
    trust: str
    row: str
    sources: list[str]


class AgreementParty(AgreementRow, kw_only=True):
    """One of the two economies: the day since which the agreement is in force for it."""

    economy: str


class AgreementArticle(AgreementRow, kw_only=True):
    """A provision: how far it binds (`force`), and whether it `applies` between the two on this day.

    `article`: empty where its number was not read. `effect`: what it does where it applies: it `opens` or `closes`
    `capabilities`, `requires` something of both, or `shows` what it is about. `reason`: why it does not apply.
    `held_by`: the economies whose transition or reservation that is. `disputes`: null where it is not known.
    """

    article: str
    topic: str
    name: str
    says: str
    force: str
    effect: str
    capabilities: list[str]
    applies: bool
    reason: str | None
    held_by: list[str]
    condition: str
    exceptions: list[str]
    disputes: bool | None
    note: str


class AgreementInForce(msgspec.Struct, kw_only=True):
    """An agreement in force between the two, with its articles."""

    id: str
    title: str
    kind: str
    signed: str | None
    parties: list[AgreementParty]
    articles: list[AgreementArticle]
    note: str


class AgreementNotInForce(AgreementRow, kw_only=True):
    """An agreement of one or both that opens nothing between them, and why."""

    id: str
    title: str
    kind: str
    reason: str
    says: str
    note: str


class ArticleCited(msgspec.Struct, kw_only=True):
    """An article that decides: its agreement, the two days of its entry into force, and its trust."""

    agreement: str
    article: str
    topic: str
    since: list[str]
    trust: str


class AgreementCapability(msgspec.Struct, kw_only=True):
    """What the nodes of the two may open to each other under a name: `open`, `withheld` or `closed`.

    `agreements`: those that it rests on; none where national law is enough. `effects`: what only a binding article
    gives, such as the `legal_effect` of documents. `outcome`: estimated where what decides is unchecked.
    """

    name: str
    title: str
    state: str
    says: list[str]
    agreements: list[str]
    effects: dict[str, bool]
    articles: list[ArticleCited]
    trust: str | None
    outcome: str


class AgreementsBetween(msgspec.Struct, kw_only=True):
    """The agreements on digital trade between two economies on a day, and what they open to the nodes of the two.

    `read_on`: the day on which the rows were last read. `hash`: of the pack that has them.
    """

    object: str = "agreements"
    economy: str
    partner: str
    date: str
    says: list[str]
    capabilities: list[AgreementCapability]
    in_force: list[AgreementInForce]
    not_in_force: list[AgreementNotInForce]
    sources: dict[str, CitedSource]
    read_on: str
    hash: str


def between(law: Agreements, economy: str, partner: str, on: dt.date) -> AgreementsBetween:
    """What is in force between two economies on a day, and what it opens, with sentences in the reader's language.

    >>> from entrepot.law.library import Library
    >>> answer = between(Library().agreements(), "VN", "CN", dt.date(2026, 3, 1))
    >>> [each.id for each in answer.in_force]
    ['rcep_ecommerce', 'silk_road_ecommerce', 'wto_moratorium']
    """
    links = agreements.in_force(law, economy, partner, on)
    found = agreements.articles(law, economy, partner, on)
    elsewhere = agreements.elsewhere(law, economy, partner, on)
    answer = AgreementsBetween(
        economy=economy,
        partner=partner,
        date=on.isoformat(),
        says=_remarks(links),
        capabilities=[_capability(each) for each in agreements.opened(law, economy, partner, on).values()],
        in_force=[_in_force(link, [each for each in found if each.link == link]) for link in links],
        not_in_force=[_not_in_force(*each) for each in elsewhere],
        sources={},
        read_on=law.read_on,
        hash=law.hash,
    )
    answer.sources = _sources(law, answer)
    return answer


def _remarks(links: tuple[Link, ...]) -> list[str]:
    """What every reader must know before the details."""
    if not links:
        return [_("No agreement on digital trade is in force between the two. What national law allows stays open.")]
    if any(link.memorandum for link in links):
        return [_("A memorandum does not change tariffs, give documents legal effect or allow transfers of data.")]
    return []


def _row(row: Dated) -> dict[str, object]:
    return {
        "since": row.since, "until": row.until, "trust": row.trust, "row": row.where, "sources": list(row.cites)
    }  # fmt: skip


def _in_force(link: Link, found: Iterable[Article]) -> AgreementInForce:
    agreement = link.agreement
    return AgreementInForce(
        id=agreement.id,
        title=pack_text(agreement.title),
        kind=agreement.kind,
        signed=agreement.signed,
        parties=[AgreementParty(economy=party.economy, **_row(party)) for party in link.parties],  # type: ignore[arg-type]  # by name
        articles=[_article(each) for each in found],
        note=link.state.note,
    )


def _article(found: Article) -> AgreementArticle:
    row = found.provision
    return AgreementArticle(
        article=row.article,
        topic=row.topic,
        name=_(words.TOPIC_NAMES[row.topic]),
        says=words.article_says(found),
        force=row.force,
        effect=row.effect,
        capabilities=list(row.capabilities),
        applies=found.applies,
        reason=found.reason or None,
        held_by=list(found.held_by),
        condition=row.condition,
        exceptions=list(row.exceptions),
        disputes=found.disputes,
        note=row.note,
        **_row(row),  # type: ignore[arg-type]  # by name
    )


def _not_in_force(agreement: Agreement, row: Dated, reason: str) -> AgreementNotInForce:
    place = translate.place(getattr(row, "economy", ""))
    return AgreementNotInForce(
        id=agreement.id,
        title=pack_text(agreement.title),
        kind=agreement.kind,
        reason=reason,
        says=_(words.NOT_IN_FORCE[reason]).format(day=translate.day(row.since), place=place),
        note=row.note,
        **_row(row),  # type: ignore[arg-type]  # by name
    )


def _capability(found: Capability) -> AgreementCapability:
    decide = (*found.closed_by, *found.opened_by, *found.required_by)
    return AgreementCapability(
        name=found.name,
        title=_(words.CAPABILITY_NAMES[found.name]),
        state=found.state,
        says=list(words.capability_says(found)),
        agreements=list(found.agreements),
        effects=dict(found.effects or {}),
        articles=[
            ArticleCited(
                agreement=each.link.agreement.id,
                article=each.provision.article,
                topic=each.provision.topic,
                since=list(each.dates),
                trust=each.trust,
            )
            for each in decide
        ],
        trust=found.trust,
        outcome=found.outcome,
    )


def _sources(law: Agreements, answer: AgreementsBetween) -> dict[str, CitedSource]:
    """The sources that the answer cites, each once."""
    rows: list[AgreementRow] = [row for each in answer.in_force for row in (*each.parties, *each.articles)]
    names = dict.fromkeys(name for row in (*rows, *answer.not_in_force) for name in row.sources)
    return {
        name: CitedSource(
            title=pack_text(law.sources[name].title),
            authority=pack_text(law.sources[name].authority),
            number=law.sources[name].number,
            dated=law.sources[name].dated,
            read=law.sources[name].read,
            url=law.sources[name].url,
        )
        for name in names
    }
