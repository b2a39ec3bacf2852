"""The text of the consent to a video visit, by its version: what a person agrees to, word for word.

A consent names its version and the hash of the English text, so that it can be shown later what was agreed to. A text
that was in use is never changed: a new wording gets a new version. Interfaces translate each sentence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

#: What the consent is about: data of these kinds, for these purposes. Codes, as events hold them.
DATA = ("identity", "reason", "conversation", "note")
PURPOSES = ("visit", "record")


class ConsentText(NamedTuple):
    """A text. Its sentences may name `{patient_economy}`, `{provider_economy}`, `{provider}` and `{retained}`."""

    version: str
    sentences: tuple[str, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of the English sentences."""
        return hashlib.sha256("\n".join(self.sentences).encode()).hexdigest()


CURRENT = ConsentText(
    "1",
    (
        "The patient is in {patient_economy}, and {provider} practises in {provider_economy}. The laws of both apply.",
        (
            "I agree that name, date of birth, sex, telephone and whereabouts of the patient, the reason for the "
            "visit, and what is said and shown in it are sent from {patient_economy} to {provider_economy}."
        ),
        "They are used for this visit and for the medical record of it, and for nothing else.",
        "The conversation is not recorded. Sound and picture are encrypted from one browser to the other.",
        (
            "The record of a visit that took place is kept until {retained}, also if I withdraw this consent: the law "
            "asks providers to keep it."
        ),
        (
            "I can withdraw this consent at any time, also during the visit. The visit then ends at once. What I gave "
            "for a visit that did not take place is erased."
        ),
        "A video visit cannot replace an examination in person, and it is not for emergencies.",
    ),
)
TEXTS: Mapping[str, ConsentText] = {CURRENT.version: CURRENT}
