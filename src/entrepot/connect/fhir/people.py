"""Patient, Practitioner and PractitionerRole."""

from __future__ import annotations

from typing import Any

from entrepot.connect.fhir.models import fhir_id, without_empty
from entrepot.trade.health.chart import Chart, Doctor
from entrepot.trade.health.intake import Intake

ZONE = "http://hl7.org/fhir/StructureDefinition/timezone"
COUNTRY = "urn:iso:std:iso:3166"


def patient_id(chart: Chart) -> str:
    """The id of the patient of a visit, the same in all visits at a provider; "" where nothing was given."""
    return f"pt-{chart.record.patient[:40]}" if chart.record and chart.record.patient else ""


def patient(chart: Chart, given: Intake) -> dict[str, Any]:
    """The patient, as given for this visit."""
    guardian = {
        "relationship": [{"text": given.relation}],
        "name": {"text": given.guardian},
    }
    return without_empty(
        {
            "resourceType": "Patient",
            "id": patient_id(chart),
            "extension": [{"url": ZONE, "valueCode": given.zone}],
            "name": [{"use": "official", "text": given.name}],
            "telecom": [{"system": "phone", "value": given.telephone}],
            "gender": given.sex,
            "birthDate": given.born,
            "address": [{"text": given.place, "country": chart.record.economies[0] if chart.record else ""}],
            "contact": [guardian] if given.guardian else [],
        }
    )


def practitioner(doctor: Doctor) -> dict[str, Any]:
    """The practitioner with the licence."""
    number, profile = fhir_id(doctor.practitioner.id), doctor.profile
    found: dict[str, Any] = {
        "resourceType": "Practitioner",
        "id": number,
        "active": doctor.practitioner.status == "active",
    }
    if profile is None:
        return found
    licence = {
        "identifier": [{"use": "official", "value": profile.licence}],
        "code": {"text": profile.qualification},
        "issuer": {"display": f"{profile.authority} ({doctor.practitioner.economy})"},
    }
    return found | {"name": [{"use": "official", "text": profile.name}], "qualification": [licence]}


def practitioner_role(doctor: Doctor) -> dict[str, Any]:
    """The practitioner in the provider's organization."""
    number, profile = fhir_id(doctor.practitioner.id), doctor.profile
    return without_empty(
        {
            "resourceType": "PractitionerRole",
            "id": number,
            "extension": [{"url": ZONE, "valueCode": profile.zone}] if profile else [],
            "active": doctor.practitioner.status == "active",
            "practitioner": practitioner_reference(doctor),
            "organization": {"display": doctor.organization},
            "code": [{"text": profile.qualification}] if profile else [],
        }
    )


def practitioner_reference(doctor: Doctor) -> dict[str, Any]:
    """The reference to a practitioner."""
    found = {"reference": f"Practitioner/{fhir_id(doctor.practitioner.id)}"}
    return found | ({"display": doctor.profile.name} if doctor.profile else {})
