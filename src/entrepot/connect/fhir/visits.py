"""Appointment, Encounter, Consent and DocumentReference of a visit."""

from __future__ import annotations

import base64
from typing import Any

from entrepot.connect.fhir.models import fhir_id, without_empty
from entrepot.connect.fhir.people import patient_id, practitioner_reference
from entrepot.trade.health.chart import Chart
from entrepot.trade.health.consent_text import TEXTS
from entrepot.trade.health.record import Consent, Note

ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
#: What a participant of an appointment has answered, by the status of the appointment.
_ANSWERED = {"pending": "needs-action", "cancelled": "declined"}


def appointment(chart: Chart) -> dict[str, Any]:
    """The appointment. Its reason is there where the reader may see what the patient gave."""
    answered = _ANSWERED.get(chart.status, "accepted")
    actors = [_patient(chart)] if patient_id(chart) else []
    actors += [practitioner_reference(chart.doctor) if chart.doctor else {"display": chart.provider}]
    timed = bool(chart.starts and chart.until)
    return without_empty(
        {
            "resourceType": "Appointment",
            "id": fhir_id(chart.delivery),
            "status": chart.status if timed else "proposed" if chart.status in ("pending", "booked") else chart.status,
            "appointmentType": {"text": "Video visit"},
            "reasonCode": [{"text": chart.patient.reason}] if chart.patient else [],
            "start": chart.starts if timed else "",
            "end": chart.until if timed else "",
            "created": chart.created,
            "participant": [{"actor": each, "required": "required", "status": answered} for each in actors],
        }
    )


def encounter(chart: Chart) -> dict[str, Any] | None:
    """The encounter: its period is when both sides were connected. None where the patient has not come."""
    found = chart.encounter
    if found is None:
        return None
    minutes = {"value": max(1, round(found.seconds / 60)), "unit": "min", "system": UCUM, "code": "min"}
    doctor = practitioner_reference(chart.doctor) if chart.doctor else {"display": chart.provider}
    return without_empty(
        {
            "resourceType": "Encounter",
            "id": fhir_id(chart.delivery),
            "status": found.status,
            "class": {"system": ACT_CODE, "code": "VR", "display": "virtual"},
            "subject": _patient(chart) if patient_id(chart) else {},
            "participant": [{"individual": doctor}],
            "appointment": [{"reference": f"Appointment/{fhir_id(chart.delivery)}"}],
            "period": without_empty({"start": found.start, "end": found.end}),
            "length": minutes if found.seconds else {},
            "serviceProvider": {"display": chart.provider},
        }
    )


def consent_id(chart: Chart, consent: Consent) -> str:
    """The id of a consent of a visit."""
    return f"{fhir_id(chart.record.id)}.{consent.number}" if chart.record else ""


def consent(chart: Chart, given: Consent) -> dict[str, Any]:
    """A consent. The jurisdictions of both sides are the authorities of its policies."""
    text = TEXTS.get(given.version)
    uri = f"urn:entrepot:consent:telemedicine:{given.version}"
    data = ", ".join(given.data)
    names = {"patient_economy": given.economies[0], "provider_economy": given.economies[1], "provider": chart.provider}
    first = text.sentences[0].format(**names, retained="") if text else ""
    return without_empty(
        {
            "resourceType": "Consent",
            "id": consent_id(chart, given),
            "status": "inactive" if given.withdrawn else "active",
            "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
            "category": [{"coding": [{"system": LOINC, "code": "59284-0", "display": "Consent Document"}]}],
            "patient": _patient(chart) if patient_id(chart) else {},
            "dateTime": given.given,
            "performer": [{"display": given.capacity}],
            "organization": [{"display": chart.provider}],
            "policy": [
                {"authority": f"urn:iso:std:iso:3166:{economy}", "uri": uri}
                for economy in dict.fromkeys(given.economies)
            ],
            "policyRule": {"text": f"{first} SHA-256 of the text: {given.digest}"},
            "provision": without_empty(
                {
                    "type": "permit",
                    "period": without_empty({"start": given.given, "end": given.withdrawn}),
                    "actor": [
                        {
                            "role": {"coding": [{"system": PARTICIPATION, "code": "IRCP"}]},
                            "reference": {"display": chart.provider},
                        }
                    ],
                    "purpose": [{"system": ACT_REASON, "code": "TREAT"}],
                    "code": [{"text": data}],
                }
            ),
        }
    )


def note_id(chart: Chart, note: Note) -> str:
    """The id of a note of a visit."""
    return f"{fhir_id(chart.record.id)}.{note.number}" if chart.record else ""


def document_reference(chart: Chart, note: Note, base: str) -> dict[str, Any]:
    """A signed note: where its PDF and its signature are. `base`: the address of the endpoint."""
    assert chart.record is not None  # noqa: S101  # a note is of a record
    last = chart.record.note
    number, author = note_id(chart, note), practitioner_reference(chart.doctor) if chart.doctor else {}
    replaced = f"{fhir_id(chart.record.id)}.{note.replaces}"
    files = (("application/pdf", "pdf"), ("application/jose", "jose"))
    return without_empty(
        {
            "resourceType": "DocumentReference",
            "id": number,
            "status": "current" if last is not None and last.number == note.number else "superseded",
            "docStatus": "final",
            "type": {"coding": [{"system": LOINC, "code": "11488-4", "display": "Consult note"}]},
            "subject": _patient(chart) if patient_id(chart) else {},
            "date": note.signed,
            "author": [author] if author else [],
            "authenticator": author,
            "custodian": {"display": chart.provider},
            "relatesTo": [{"code": "replaces", "target": {"reference": f"DocumentReference/{replaced}"}}]
            if note.replaces
            else [],
            "content": [
                {"attachment": {"contentType": media, "url": f"{base}/Binary/{number}.{form}", "creation": note.signed}}
                for media, form in files
            ],
            "context": {"encounter": [{"reference": f"Encounter/{fhir_id(chart.delivery)}"}]},
        }
    )


def binary(number: str, media: str, content: bytes) -> dict[str, Any]:
    """A file as a resource."""
    return {
        "resourceType": "Binary",
        "id": number,
        "contentType": media,
        "data": base64.b64encode(content).decode(),
    }


def _patient(chart: Chart) -> dict[str, Any]:
    found = {"reference": f"Patient/{patient_id(chart)}"}
    return found | ({"display": chart.patient.name} if chart.patient else {})
