"""HL7 FHIR R4B (4.3.0): visits as resources, the checks of their codes, and searches."""
