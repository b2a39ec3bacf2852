"""The required code bindings of the resources that this node serves, and their checks.

`fhir.resources` checks types and cardinalities, and not codes: it accepts `status: "nope"`. The value sets are those of
HL7 FHIR R4B (4.3.0), http://hl7.org/fhir/R4B/terminologies.html; each is named by its address. Elements whose value set
is too large for a table (media types, languages, names of resources) are checked by the codes that this node uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_VALUE_SETS = "http://hl7.org/fhir/ValueSet/"


class Binding(NamedTuple):
    """An element and its codes. `element`: the type and the field, such as `AppointmentParticipant.status`."""

    element: str
    value_set: str
    codes: frozenset[str]

    @property
    def url(self) -> str:
        """The address of the value set."""
        return f"{_VALUE_SETS}{self.value_set}|4.3.0"


def _bind(element: str, value_set: str, codes: str) -> Binding:
    return Binding(element, value_set, frozenset(codes.split()))


_GENDER = "male female other unknown"
_ENCOUNTER = "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown"
_RESOURCES = (
    "Appointment Binary Bundle CapabilityStatement Consent DocumentReference Encounter OperationOutcome Patient "
    "Practitioner PractitionerRole"
)
_MEDIA = "application/fhir+json application/json application/pdf application/jose application/vc+jwt json text/plain"
_ISSUES = (
    "invalid structure required value invariant security login unknown expired forbidden suppressed processing "
    "not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension too-costly "
    "business-rule conflict transient lock-error no-store exception timeout incomplete throttled informational"
)
BINDINGS: Mapping[str, Binding] = {
    each.element: each
    for each in (
        _bind(
            "Appointment.status",
            "appointmentstatus",
            "proposed pending booked arrived fulfilled cancelled noshow entered-in-error checked-in waitlist",
        ),
        _bind("AppointmentParticipant.required", "participantrequired", "required optional information-only"),
        _bind("AppointmentParticipant.status", "participationstatus", "accepted declined tentative needs-action"),
        _bind("Patient.gender", "administrative-gender", _GENDER),
        _bind("PatientContact.gender", "administrative-gender", _GENDER),
        _bind("PatientLink.type", "link-type", "replaced-by replaces refer seealso"),
        _bind("Practitioner.gender", "administrative-gender", _GENDER),
        _bind("PractitionerRoleAvailableTime.daysOfWeek", "days-of-week", "mon tue wed thu fri sat sun"),
        _bind("Encounter.status", "encounter-status", _ENCOUNTER),
        _bind("EncounterStatusHistory.status", "encounter-status", _ENCOUNTER),
        _bind("EncounterLocation.status", "encounter-location-status", "planned active reserved completed"),
        _bind("Consent.status", "consent-state-codes", "draft proposed active rejected inactive entered-in-error"),
        _bind("ConsentProvision.type", "consent-provision-type", "deny permit"),
        _bind("ConsentProvisionData.meaning", "consent-data-meaning", "instance related dependents authoredby"),
        _bind("DocumentReference.status", "document-reference-status", "current superseded entered-in-error"),
        _bind("DocumentReference.docStatus", "composition-status", "preliminary final amended entered-in-error"),
        _bind("DocumentReferenceRelatesTo.code", "document-relationship-type", "replaces transforms signs appends"),
        _bind("CapabilityStatement.status", "publication-status", "draft active retired unknown"),
        _bind("CapabilityStatement.kind", "capability-statement-kind", "instance capability requirements"),
        _bind("CapabilityStatement.fhirVersion", "FHIR-version", "4.0.1 4.1.0 4.3.0"),
        _bind("CapabilityStatement.format", "mimetypes", _MEDIA),
        _bind("CapabilityStatementRest.mode", "restful-capability-mode", "client server"),
        _bind("CapabilityStatementRestResource.type", "resource-types", _RESOURCES),
        _bind(
            "CapabilityStatementRestResourceInteraction.code",
            "type-restful-interaction",
            "read vread update patch delete history-instance history-type create search-type",
        ),
        _bind(
            "CapabilityStatementRestResource.versioning", "versioning-policy", "no-version versioned versioned-update"
        ),
        _bind(
            "CapabilityStatementRestResource.referencePolicy",
            "reference-handling-policy",
            "literal logical resolves enforced local",
        ),
        _bind(
            "CapabilityStatementRestResourceSearchParam.type",
            "search-param-type",
            "number date string token reference composite quantity uri special",
        ),
        _bind("OperationOutcomeIssue.severity", "issue-severity", "fatal error warning information"),
        _bind("OperationOutcomeIssue.code", "issue-type", _ISSUES),
        _bind(
            "Bundle.type",
            "bundle-type",
            "document message transaction transaction-response batch batch-response history searchset collection",
        ),
        _bind("BundleEntrySearch.mode", "search-entry-mode", "match include outcome"),
        _bind("Attachment.contentType", "mimetypes", _MEDIA),
        _bind("Binary.contentType", "mimetypes", _MEDIA),
        _bind("HumanName.use", "name-use", "usual official temp nickname anonymous old maiden"),
        _bind("ContactPoint.system", "contact-point-system", "phone fax email pager url sms other"),
        _bind("ContactPoint.use", "contact-point-use", "home work temp old mobile"),
        _bind("Address.use", "address-use", "home work temp old billing"),
        _bind("Address.type", "address-type", "postal physical both"),
        _bind("Identifier.use", "identifier-use", "usual official temp secondary old"),
        _bind("Narrative.status", "narrative-status", "generated extensions additional empty"),
    )
}


class CodeFault(NamedTuple):
    """A code that its value set does not have. `path`: the element."""

    path: str
    code: str
    value_set: str


class WrongCodes(ValueError):
    """A resource has codes that its required bindings do not allow."""

    def __init__(self, faults: Sequence[CodeFault]) -> None:
        super().__init__("; ".join(f"{each.path}: {each.code!r} is not in {each.value_set}" for each in faults))
        self.faults = tuple(faults)


def check_codes(model: Any) -> None:
    """Raise WrongCodes for a resource, as a model of `fhir.resources`, with codes that a required binding forbids."""
    faults = list(_faults(model, model.get_resource_type()))
    if faults:
        raise WrongCodes(faults)


def _faults(model: Any, path: str) -> Iterator[CodeFault]:
    kind = model.get_resource_type()
    for name in model.model_fields_set:
        value = getattr(model, name)
        if value is None:
            continue
        field = name.removesuffix("_fhir")
        binding = BINDINGS.get(f"{kind}.{field}")
        for each in value if isinstance(value, list) else (value,):
            if binding is not None:
                if each not in binding.codes:
                    yield CodeFault(f"{path}.{field}", str(each), binding.url)
            elif hasattr(each, "model_fields_set"):
                yield from _faults(each, f"{path}.{field}")
