"""What agreements open between two nodes, on invented agreements whose answers follow from the rules, and on the packs.

Expected values are derived from the rules at the head of `cooperation.agreements`, or from the stated dates.
"""

from __future__ import annotations

import datetime as dt

import pytest

from entrepot.cooperation.agreements import articles, elsewhere, in_force, opened
from entrepot.law.agreement_records import Agreement, Agreements, Party, Provision, Reservation, State
from entrepot.law.library import Library
from entrepot.law.records import Who
from entrepot.model.agreement_words import CAPABILITIES, FORCES

DAY = dt.date(2026, 3, 1)
_ROW = {"until": None, "cites": ("act",), "trust": "official", "where": "world/x.csv:2"}


def _party(economy: str, since: str = "2020-01-01", **other: object) -> Party:
    return Party(**{**_ROW, "economy": economy, "since": since, **other})  # type: ignore[arg-type]


def _provision(topic: str, force: str, effect: str, *names: str, **other: object) -> Provision:
    given = {"agreement": "x", "article": "1.1", "topic": topic, "force": force, "effect": effect}
    return Provision(**{**_ROW, "since": "2020-01-01", **given, "capabilities": names, **other})  # type: ignore[arg-type]


def _agreement(*provisions: Provision, id_: str = "x", kind: str = "fta_chapter", **other: object) -> Agreement:
    whole = {
        "id": id_, "title": id_, "kind": kind, "signed": None, "signatories": None, "reservations": (),
        "states": (State(**_ROW, since="2020-01-01", state="in_force"),),  # type: ignore[arg-type]
        "parties": (_party("AA"), _party("BB")), "provisions": provisions,
    }  # fmt: skip
    return Agreement(**{**whole, **other})  # type: ignore[arg-type]


def _law(*agreements: Agreement) -> Agreements:
    return Agreements(agreements=agreements, sources={}, economies={}, read_on="2026-01-01", hash="")


PAPERLESS = _provision("paperless", "hard", "opens", "documents")


def _legal(*agreements: Agreement, on: dt.date = DAY) -> bool:
    effects = opened(_law(*agreements), "AA", "BB", on)["documents"].effects
    assert effects is not None
    return effects["legal_effect"]


def test_without_an_agreement_only_what_needs_one_is_withheld() -> None:
    found = opened(_law(), "AA", "BB", DAY)
    assert tuple(found) == CAPABILITIES
    states = {name: each.state for name, each in found.items()}
    assert states == dict.fromkeys(CAPABILITIES, "open") | dict.fromkeys(
        ("programmes", "statistics", "statistics.orders"), "withheld"
    )
    assert not any(value for each in found.values() for value in (each.effects or {}).values())


def test_an_article_counts_from_the_later_of_the_two_dates_and_up_to_the_end_of_the_earlier() -> None:
    pair = _agreement(PAPERLESS, parties=(_party("AA", "2022-01-01"), _party("BB", "2023-06-02", until="2025-01-01")))
    days = [dt.date(2022, 1, 1), dt.date(2023, 6, 1), dt.date(2023, 6, 2), dt.date(2024, 12, 31), dt.date(2025, 1, 1)]
    assert [_legal(pair, on=day) for day in days] == [False, False, True, True, False]


def test_two_parties_of_an_agreement_that_is_not_toward_each_other_have_none() -> None:
    toward_cc = Who(but=False, codes=frozenset({"CC"}))
    hub = _agreement(
        parties=(_party("AA", partners=toward_cc), _party("BB", partners=toward_cc), _party("CC")), kind="memorandum"
    )
    assert in_force(_law(hub), "AA", "BB", DAY) == ()
    assert [(each[0].id, each[2]) for each in elsewhere(_law(hub), "AA", "BB", DAY)] == [("x", "apart")]
    assert len(in_force(_law(hub), "CC", "BB", DAY)) == 1


@pytest.mark.parametrize("kind", ["transition", "reservation", "no_disputes"])
def test_a_transition_takes_the_article_out_for_the_pair_until_it_ends(kind: str) -> None:
    held = Reservation(**_ROW | {"until": "2026-03-02"}, since="2020-01-01", article="1.1", economy="BB", kind=kind)  # type: ignore[arg-type]
    pair = _agreement(PAPERLESS, reservations=(held,))
    assert _legal(pair) is (kind == "no_disputes")
    assert _legal(pair, on=dt.date(2026, 3, 2))
    article = articles(_law(pair), "AA", "BB", DAY)[0]
    assert (article.held_by, article.disputes) == ((), False) if kind == "no_disputes" else (("BB",), None)
    other = _agreement(PAPERLESS, id_="y")
    assert _legal(pair, other), "the transition of one agreement does not touch another"


@pytest.mark.parametrize("force", FORCES)
def test_only_a_provision_that_binds_opens(force: str) -> None:
    assert _legal(_agreement(_provision("paperless", force, "opens", "documents"))) is (force in ("hard", "mixed"))


def test_a_memorandum_opens_programmes_and_statistics_and_no_legal_effect() -> None:
    found = opened(_law(_agreement(PAPERLESS, kind="memorandum")), "AA", "BB", DAY)
    assert (found["programmes"].state, found["statistics"].state) == ("open", "open")
    assert found["documents"].effects == {"legal_effect": False, "signature_recognized": False}
    assert found["documents"].opened_by == ()


def test_a_decision_of_an_organization_is_no_ground_to_cooperate() -> None:
    assert opened(_law(_agreement(kind="decision")), "AA", "BB", DAY)["statistics"].state == "withheld"


def test_closing_wins_over_opening() -> None:
    closing = _agreement(_provision("paperless", "hard", "closes", "documents"), id_="y")
    found = opened(_law(_agreement(PAPERLESS), closing), "BB", "AA", DAY)["documents"]
    assert found.state == "closed"
    assert [each.link.agreement.id for each in found.closed_by] == ["y"]


@pytest.mark.parametrize("state", ["negotiated", "concluded", "signed", "lapsed"])
def test_an_agreement_that_is_not_in_force_opens_nothing(state: str) -> None:
    pair = _agreement(PAPERLESS, states=(State(**_ROW, since="2020-01-01", state=state),))  # type: ignore[arg-type]
    assert not _legal(pair)
    assert opened(_law(pair), "AA", "BB", DAY)["programmes"].state == "withheld"
    assert elsewhere(_law(pair), "AA", "BB", DAY)[0][2] == state
    for_others = _agreement(states=pair.states, signatories=Who(but=False, codes=frozenset({"AA"})))
    assert elsewhere(_law(for_others), "AA", "BB", DAY) == ()


def test_an_unchecked_article_or_date_makes_the_answer_estimated() -> None:
    def outcome(*agreements: Agreement) -> tuple[str, str | None]:
        found = opened(_law(*agreements), "AA", "BB", DAY)["documents"]
        return found.outcome, found.trust

    unchecked = _provision("paperless", "hard", "opens", "documents", trust="unchecked")
    assert outcome(_agreement(PAPERLESS)) == ("complete", "official")
    assert outcome(_agreement(unchecked)) == ("estimated", "unchecked")
    assert outcome(_agreement(PAPERLESS, parties=(_party("AA"), _party("BB", trust="unchecked"))))[0] == "estimated"
    assert outcome() == ("complete", None)


def test_both_directions_give_the_same() -> None:
    law = Library().agreements()
    for a, b in (("VN", "CN"), ("SG", "GB"), ("KH", "NZ")):
        here, there = opened(law, a, b, DAY), opened(law, b, a, DAY)
        assert {name: (each.state, each.effects) for name, each in here.items()} == {
            name: (each.state, each.effects) for name, each in there.items()
        }


# The packs: dates of RCEP and of the memorandum as published; Viet Nam's transition of five years is general knowledge.


def test_viet_nam_and_china() -> None:
    law = Library().agreements()
    found = opened(law, "VN", "CN", DAY)
    assert found["documents"].effects == {"legal_effect": False, "signature_recognized": True}
    assert found["documents"].opened_by[0].provision.article == "12.6"
    assert found["order"].effects == {"signature_recognized": True, "data_flows": False}
    assert found["delivery"].effects == {"no_customs_duty": False, "data_flows": False}
    assert all(each.state == "open" for each in found.values())
    data = next(each for each in articles(law, "VN", "CN", DAY) if each.provision.topic == "data_flows")
    assert (data.reason, data.held_by) == ("transition", ("VN",))


def test_the_wto_decision_ends_with_march_2026() -> None:
    law = Library().agreements()
    ids = [[link.agreement.id for link in in_force(law, "VN", "CN", dt.date(2026, *day))] for day in ((3, 31), (4, 1))]
    assert "wto_moratorium" in ids[0]
    assert "wto_moratorium" not in ids[1]
    lapsed = [each for each in elsewhere(law, "VN", "CN", dt.date(2026, 4, 1)) if each[0].id == "wto_moratorium"]
    assert lapsed[0][2] == "lapsed"


def test_the_digital_framework_of_asean_opens_nothing() -> None:
    law = Library().agreements()
    defa = next(each for each in law.agreements if each.id == "asean_defa")
    assert (defa.parties, defa.provisions) == ((), ())
    assert "asean_defa" in [each[0].id for each in elsewhere(law, "VN", "TH", DAY)]


def test_singapore_and_the_united_kingdom_give_documents_effect() -> None:
    documents = opened(Library().agreements(), "SG", "GB", DAY)["documents"]
    assert documents.effects == {"legal_effect": True, "signature_recognized": True}
    assert documents.outcome == "estimated"
