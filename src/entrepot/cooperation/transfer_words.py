"""The words of rules and decisions on data that leave, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from entrepot.language import translate
from entrepot.language.translate import N_, _, number
from entrepot.law.records import TransferRule
from entrepot.trade.reasons import SENTENCES

OUTCOMES: Final = {
    "free": N_("no further step"),
    "mechanism": N_("only under a mechanism"),
    "assessment": N_("only after an assessment by the authority"),
    "unknown": N_("not known here"),
    "forbidden": N_("forbidden"),
}
CATEGORIES: Final = {
    "ordinary": N_("ordinary personal data"),
    "sensitive": N_("sensitive personal data"),
    "important": N_("important data"),
    "none": N_("no personal data"),
}
GROUNDS: Final = {
    "contract": N_("needed for a contract with the person"),
    "consent": N_("consent of the person"),
    "employment": N_("employment"),
    "emergency": N_("an emergency"),
    "own_request": N_("the person sends its own data"),
    "processed_only": N_("data from abroad, only processed here"),
    "transit": N_("mere transit"),
    "legal_duty": N_("a duty by law"),
}
EXPORTERS: Final = {
    "ordinary": N_("an ordinary sender"),
    "large": N_("a sender with data of a million persons"),
    "critical": N_("an operator of critical infrastructure"),
}
MECHANISMS: Final = {
    "standard_contract": N_("a standard contract"),
    "certification": N_("a certification"),
    "security_assessment": N_("a security assessment"),
    "impact_assessment": N_("an impact assessment sent to the authority"),
    "safeguards": N_("appropriate safeguards"),
    "group_rules": N_("binding rules of a group"),
    "enforceable_obligations": N_("enforceable obligations of the receiver"),
    "adequacy_programme": N_("a certified receiver under an adequacy decision"),
    "legal_opinion": N_("the opinion of a lawyer"),
}
STATES: Final = {"allowed": N_("allowed"), "refused": N_("not allowed")}
FIELDS: Final = {
    "name": N_("name"),
    "telephone": N_("telephone"),
    "address": N_("postal address"),
    "district": N_("district"),
    "identity_type": N_("kind of identity document"),
    "identity_number": N_("identity number"),
    "born": N_("date of birth"),
    "language": N_("language"),
    "reason": N_("reason of the visit"),
    "history": N_("medical history"),
    "medicines": N_("medicines"),
    "allergies": N_("allergies"),
    "email": N_("e-mail address"),
    "participation": N_("taking part in a service"),
    "document": N_("a document of the order"),
    "link": N_("a link to the service"),
}


def word(words: Mapping[str, str], key: str) -> str:
    """A word in the reader's language.

    >>> word(OUTCOMES, "free")
    'no further step'
    """
    return _(words[key]) if key in words else key


def mechanisms(names: Sequence[str]) -> str:
    """Mechanisms in the reader's language.

    >>> mechanisms(("standard_contract", "certification"))
    'a standard contract; a certification'
    """
    return "; ".join(word(MECHANISMS, each) for each in names)


def reason_text(code: str, values: Mapping[str, str]) -> str:
    """The sentence of a decision.

    >>> reason_text("transfer.missing", {"origin": "CN", "destination": "VN", "mechanism": "certification"})[:69]
    'The law of China lets these data go to Viet Nam only under one of the'
    """
    told = {name: translate.place(each) if name in ("origin", "destination") else each for name, each in values.items()}
    if "mechanism" in told:
        told["mechanism"] = mechanisms(values["mechanism"].split())
    if "due" in told:
        told["due"] = translate.day(told["due"])
    return _(SENTENCES[code]).format(**told)


def rule_name(rule: TransferRule) -> str:
    """What a rule is about: the data, the ground, the sender and the destination."""
    parts = ["; ".join(word(CATEGORIES, each) for each in rule.category)]
    if rule.ground:
        parts.append("; ".join(word(GROUNDS, each) for each in rule.ground))
    if rule.exporter:
        parts.append("; ".join(word(EXPORTERS, each) for each in rule.exporter))
    if rule.destination is not None:
        places = ", ".join(translate.place(each) for each in sorted(rule.destination.codes))
        parts.append((_("not to {places}") if rule.destination.but else _("to {places}")).format(places=places))
    return " · ".join(parts)


def rule_says(rule: TransferRule) -> str:
    """What a rule answers: the numbers of persons, the outcome, the mechanisms and the time."""
    parts = [word(OUTCOMES, rule.outcome)]
    first, last = rule.people_from, rule.people_to
    if first is not None and last is not None:
        text = _("from {first} to under {last} persons in a year")
        parts.insert(0, text.format(first=number(str(first)), last=number(str(last))))
    elif first is not None:
        parts.insert(0, _("from {first} persons in a year").format(first=number(str(first))))
    elif last is not None:
        parts.insert(0, _("under {last} persons in a year").format(last=number(str(last))))
    if rule.mechanisms:
        parts.append(mechanisms(rule.mechanisms))
    if rule.due_within_days is not None:
        parts.append(_("within {days} days of the first transfer").format(days=rule.due_within_days))
    return " · ".join(parts)
