"""Sentences about agreements in the reader's language: topics, what an article does, and what two nodes may open."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.cooperation.agreements import Article, Capability
from entrepot.language import translate
from entrepot.language.translate import N_, _

TOPIC_NAMES: Mapping[str, str] = {
    "e_signature": N_("Electronic signatures"),
    "e_contracts": N_("Electronic contracts"),
    "e_transactions": N_("Law of electronic transactions"),
    "e_invoicing": N_("Electronic invoices"),
    "paperless": N_("Paperless trading"),
    "mutual_recognition": N_("Recognition of data and documents"),
    "single_windows": N_("Single windows"),
    "digital_identity": N_("Digital identity"),
    "data_flows": N_("Data across the border"),
    "computing_location": N_("Location of computers"),
    "personal_data": N_("Protection of personal data"),
    "customs_duties": N_("Customs duties on electronic transmissions"),
    "source_code": N_("Source code"),
    "non_discrimination": N_("Equal treatment of digital products"),
    "cryptography": N_("Cryptography"),
    "consumer": N_("Protection of consumers online"),
    "spam": N_("Unsolicited messages"),
    "internet_access": N_("Access to the Internet"),
    "open_government_data": N_("Open government data"),
    "logistics": N_("Logistics"),
    "express": N_("Express shipments"),
    "e_payments": N_("Electronic payments"),
    "fintech": N_("Financial technology"),
    "ai": N_("Artificial intelligence"),
    "data_innovation": N_("Data innovation"),
    "cyber": N_("Cybersecurity"),
    "sme": N_("Small and medium-sized enterprises"),
    "inclusion": N_("Digital inclusion"),
    "transparency": N_("Transparency"),
    "cooperation": N_("Cooperation"),
    "dialogue": N_("Dialogue"),
    "disputes": N_("Settlement of disputes"),
}
KINDS: Mapping[str, str] = {
    "memorandum": N_("memorandum"),
    "fta_chapter": N_("chapter of a free trade agreement"),
    "digital_agreement": N_("digital trade agreement"),
    "framework": N_("framework agreement"),
    "decision": N_("decision of an organization"),
}
#: What an article that applies does, by its topic.
DOES: Mapping[str, str] = {
    "e_signature": N_("A signature is not refused only because it is electronic."),
    "e_invoicing": N_("Electronic invoices are accepted."),
    "paperless": N_("Electronic trade documents are accepted as the paper ones."),
    "data_flows": N_("Data may cross the border for business, with the exceptions of the article."),
    "customs_duties": N_("No customs duty on electronic transmissions."),
    "source_code": N_("Trade may not be made conditional on giving source code."),
}
#: Why an article has no effect for the pair.
WITHOUT_EFFECT: Mapping[str, str] = {
    "soft": N_("Not binding: it opens nothing."),
    "mixed": N_("Only a part of it is binding. Which part is not known here, so it opens nothing."),
    "unknown": N_("How far it is binding is not known here, so it opens nothing."),
    "hard": N_("It opens nothing between nodes."),
    "transition": N_("Not yet: transition of {places}."),
    "reservation": N_("Reservation of {places}."),
}
CAPABILITY_NAMES: Mapping[str, str] = {
    "programmes": N_("Programmes and dialogue between administrations"),
    "offer.read": N_("Offers of the other node"),
    "quote": N_("Quotes"),
    "order": N_("Orders across the border"),
    "documents": N_("Documents between the nodes"),
    "delivery": N_("Digital delivery"),
    "statistics": N_("Statistics"),
    "statistics.orders": N_("Statistics, order by order"),
}
#: What only a binding article gives: where it is given, and where it is not.
EFFECTS: Mapping[str, tuple[str, str]] = {
    "legal_effect": (
        N_("Electronic trade documents are accepted as the paper ones."),
        N_("No agreement gives electronic documents the effect of paper ones: national law decides."),
    ),
    "signature_recognized": (
        N_("A signature is not refused only because it is electronic."),
        N_("No agreement protects electronic signatures: national law decides."),
    ),
    "no_customs_duty": (
        N_("No customs duty on electronic transmissions."),
        N_("No agreement excludes customs duties on electronic transmissions: the importer's tariff decides."),
    ),
    "data_flows": (
        N_("Data may cross the border for business, with the exceptions of the article."),
        N_("No agreement gives a right to transfer data: national law decides."),
    ),
}
#: Why an agreement opens nothing between the two.
NOT_IN_FORCE: Mapping[str, str] = {
    "negotiated": N_("Under negotiation: it opens nothing."),
    "concluded": N_("Negotiations concluded, not known to be in force: it opens nothing."),
    "signed": N_("Signed and not known to be in force: it opens nothing."),
    "lapsed": N_("No longer in force since {day}."),
    "one_party": N_("In force for {place}, not between the two."),
    "apart": N_("In force for both, not toward each other."),
}


def places(codes: tuple[str, ...]) -> str:
    """The names of economies, separated by commas."""
    return ", ".join(map(translate.place, codes))


def article_says(article: Article) -> str:
    """What an article does for the pair on the day, in one sentence."""
    if article.applies:
        return _(DOES.get(article.provision.topic, N_("It binds both.")))
    if article.link.memorandum:
        return _("Cooperation between administrations only.")
    return _(WITHOUT_EFFECT[article.reason]).format(places=places(article.held_by))


def capability_says(capability: Capability) -> tuple[str, ...]:
    """What a capability rests on, and what an agreement gives beyond it."""
    if capability.state == "withheld":
        return (_("Withheld: no agreement in force lets the two administrations cooperate."),)
    if capability.state == "closed":
        return (_("Closed by an agreement."),)
    rests = (
        _("An agreement in force lets the two administrations cooperate.")
        if capability.grounds
        else _("National law is enough: no agreement is needed.")
    )
    given = (_(EFFECTS[name][0 if has else 1]) for name, has in (capability.effects or {}).items())
    return (rests, *given)
