"""What the pages of a visit say: the fields of its forms, and codes as words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from entrepot.language.translate import N_, _, day, place
from entrepot.law.periods import Period
from entrepot.trade.health.consent_text import CURRENT

#: The labels of the fields of an intake.
INTAKE = {
    "name": N_("Name of the patient"),
    "born": N_("Date of birth"),
    "sex": N_("Sex"),
    "telephone": N_("Telephone during the visit"),
    "place": N_("Where the patient is during the visit (address)"),
    "zone": N_("Time zone there"),
    "reason": N_("Reason for the visit"),
    "guardian": N_("Name of the parent or guardian"),
    "relation": N_("Parent or guardian"),
}
SEXES = {"female": N_("female"), "male": N_("male"), "other": N_("other"), "unknown": N_("not stated")}
RELATIONS = {"": "—", "mother": N_("mother"), "father": N_("father"), "guardian": N_("legal guardian")}
CONSENTED = {
    "self": N_("The patient consented on {time} (text {version})."),
    "guardian": N_("A parent or guardian consented on {time} (text {version})."),
}
#: The labels of the fields of a note.
NOTE = {
    "summary": N_("Summary"),
    "assessment": N_("Assessment"),
    "plan": N_("What to do next"),
}
#: The labels of the fields of a practitioner.
PRACTITIONER = {
    "name": N_("Name of the practitioner"),
    "qualification": N_("Qualification"),
    "licence": N_("Number of the licence"),
    "authority": N_("Authority that issued it"),
    "economy": N_("Economy of the licence (two letters)"),
    "zone": N_("Time zone of the practice"),
}
#: How a record was read.
READ_HOW = {
    "page": N_("on a page"),
    "file": N_("as a file"),
    "fhir": N_("by a program (FHIR)"),
    "export": N_("in an export of all data of an account"),
}
KEPT = N_("Kept until {day} by the rule of {economy}: {source}.")
KEPT_ASSUMED = N_("Kept until {day}: no rule of these economies is known here, so this node chose how long.")


def consent_sentences(economies: tuple[str, str], provider: str, retained: str) -> Sequence[str]:
    """The text of the consent in the reader's language, with its names."""
    patient_economy, provider_economy = map(place, economies)
    values = {
        "patient_economy": patient_economy,
        "provider_economy": provider_economy,
        "provider": provider,
        "retained": day(retained),
    }
    return [_(each).format(**values) for each in CURRENT.sentences]


def kept_text(until: str, rule: Period | None) -> str:
    """Until when a record is kept, and by which rule."""
    if rule is None or not rule.economy:
        return _(KEPT_ASSUMED).format(day=day(until))
    return _(KEPT).format(day=day(until), economy=place(rule.economy), source=rule.source)


def read_how(code: str) -> str:
    """How a record was read, in the reader's language."""
    return _(READ_HOW[code])


def choices(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """The values of a choice with their texts."""
    return [(code, _(text)) for code, text in words.items()]
