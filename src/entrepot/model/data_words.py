"""The words of the rules on personal data that leave an economy: what, why, from whom, and what the law answers."""

from __future__ import annotations

from typing import Final

#: What the data are. `sensitive`: health, biometrics, beliefs, accounts, children, as the law of the origin says;
#: `important`: data of which the law says so; `none`: data of no person.
DATA_CATEGORIES: Final = ("ordinary", "sensitive", "important", "none")
#: Why the data leave. `contract`: needed for a contract with the person; `own_request`: the person sends them;
#: `processed_only`: data from abroad that were only processed here; `transit`: they pass and nobody here reads them.
TRANSFER_GROUNDS: Final = (
    "contract",
    "consent",
    "employment",
    "emergency",
    "own_request",
    "processed_only",
    "transit",
    "legal_duty",
)
#: Who sends. `large`: holds data of a million persons or more; `critical`: operates critical infrastructure.
EXPORTERS: Final = ("ordinary", "large", "critical")
#: What the law answers, from the mildest to the strictest. `unknown`: the law is not known; it is never free.
TRANSFER_OUTCOMES: Final = ("free", "mechanism", "assessment", "unknown", "forbidden")
#: What makes a transfer lawful where it is not free. `legal_opinion`: where the law is not known, the opinion of a
#: lawyer that this node may send.
MECHANISMS: Final = (
    "standard_contract",
    "certification",
    "security_assessment",
    "impact_assessment",
    "safeguards",
    "group_rules",
    "enforceable_obligations",
    "adequacy_programme",
    "legal_opinion",
)
