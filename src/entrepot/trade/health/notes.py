"""The note of a visit: what the practitioner writes and signs. All of it is personal data on health."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.papers.sheet import Box, Sheet

#: What a note says, with the most characters of each. The first must be given.
FIELDS: Mapping[str, int] = {"summary": 6000, "assessment": 4000, "plan": 4000}
_ENCODER = msgspec.json.Encoder(order="sorted")


class NoteTexts(NamedTuple):
    """What a practitioner writes. `summary`: what was told and seen; `plan`: what the patient is to do."""

    summary: str
    assessment: str = ""
    plan: str = ""


class NoteContent(msgspec.Struct, frozen=True, kw_only=True):
    """A note as it is signed. `salt`: keeps others from guessing it by its hash; `replaces`: an earlier one, 0: none.

    `start`, `end`: when both sides were connected; `seconds`: how long together, without gaps.
    """

    record: str
    delivery: str
    number: int
    salt: str
    signed: str
    signer: str
    practitioner: Mapping[str, str]
    patient: Mapping[str, str]
    economies: tuple[str, str]
    start: str
    end: str
    seconds: int
    texts: Mapping[str, str]
    replaces: int = 0


def read_texts(given: Mapping[str, str]) -> NoteTexts:
    """What a practitioner writes. Raises TradeError, which does not repeat it."""
    texts = {name: given.get(name, "").replace("\r\n", "\n").strip() for name in FIELDS}
    if not texts["summary"]:
        raise TradeError("field_missing", "The field {field} is missing.", "summary", field="summary")
    for name, most in FIELDS.items():
        if len(texts[name]) > most:
            raise TradeError("field_too_long", "{field} has at most {most} characters.", name, field=name, most=most)
    return NoteTexts(**texts)


def canonical(content: NoteContent) -> bytes:
    """The note as canonical JSON: sorted names, no floating-point numbers."""
    return _ENCODER.encode(content)


def hash_of(content: NoteContent) -> str:
    """The SHA-256 of the note."""
    return hashlib.sha256(canonical(content)).hexdigest()


class Words(NamedTuple):
    """How a note is shown: a translated text, a time and a period in a zone, and the name of an economy."""

    say: Callable[[str], str]
    moment: Callable[[str, str], str]
    period: Callable[[str, str, str], str]
    economy: Callable[[str], str]
    language: str


#: What stands before each value of a note. The interface translates it.
LABELS: Mapping[str, str] = {
    "title": "Note of a video visit",
    "patient": "Patient",
    "born": "Date of birth",
    "practitioner": "Practitioner",
    "licence": "Licence",
    "period": "Connected",
    "minutes": "Minutes together",
    "summary": "Summary",
    "assessment": "Assessment",
    "plan": "What to do next",
    "signed": "Signed",
    "signer": "Signed by",
    "replaces": "This note replaces number {number}.",
    "no_recipe": "This note is not a prescription and not a certificate of an authority.",
}


def note_sheet(content: NoteContent, words: Words) -> Sheet:
    """What a note shows, for the page and the PDF. Times are in the practitioner's zone and the patient's."""
    say, patient, practitioner = words.say, content.patient, content.practitioner
    zones = (practitioner.get("zone", ""), patient.get("zone", ""))
    patient_economy, provider_economy = map(words.economy, content.economies)
    licence = ", ".join(each for each in (practitioner["licence"], practitioner["authority"]) if each)
    written = [(name, content.texts.get(name, "")) for name in FIELDS]
    return Sheet(
        title=say(LABELS["title"]),
        number=f"{content.record} / {content.number}",
        date=content.signed[:10],
        language=words.language,
        boxes=(
            _box("patient", say, f"{patient['name']}\n{patient_economy}"),
            _box("born", say, patient["born"]),
            _box("practitioner", say, f"{practitioner['name']}\n{practitioner['qualification']}\n{provider_economy}"),
            _box("licence", say, licence),
            _box(
                "period",
                say,
                "\n".join(words.period(content.start, content.end, zone) for zone in dict.fromkeys(zones) if zone),
            ),
            _box("minutes", say, str(max(1, round(content.seconds / 60)))),
            *(_box(name, say, text, wide=True) for name, text in written if text),
        ),
        statements=(
            *((say(LABELS["replaces"]).format(number=content.replaces),) if content.replaces else ()),
            say(LABELS["no_recipe"]),
        ),
        signatures=(
            _box("signer", say, f"{practitioner['name']}\n{content.signer}"),
            _box("signed", say, words.moment(content.signed, zones[0])),
        ),
    )


def _box(key: str, say: Callable[[str], str], value: str, *, wide: bool = False) -> Box:
    return Box(key=key, label=say(LABELS[key]), value=value, wide=wide)
