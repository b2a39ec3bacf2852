"""The words of agreements on digital trade: their kinds and states, the topics of provisions, and what these affect.

The packs use them in `agreements.csv`, `parties.csv`, `provisions.csv` and `reservations.csv`.
"""

from __future__ import annotations

#: A memorandum opens programmes and talk only, whatever its provisions say. A decision of an organization does not
#: open these.
AGREEMENT_KINDS = ("memorandum", "fta_chapter", "digital_agreement", "framework", "decision")

#: Only an agreement that is `in_force` opens anything.
AGREEMENT_STATES = ("negotiated", "concluded", "signed", "in_force", "lapsed")

#: How far a provision binds. `mixed`: in part, which the condition of the row names. `unknown`: it was not read.
FORCES = ("hard", "mixed", "soft", "unknown")

#: `opens` or `closes` a capability; `requires` something of the parties, such as no duty on transmissions; `shows`: it
#: is shown, and opens nothing.
EFFECTS = ("opens", "closes", "requires", "shows")

#: `transition`, `reservation`: the provision does not apply to the party yet, or not at all. `no_disputes`: it applies,
#: without settlement of disputes.
RESERVATIONS = ("transition", "reservation", "no_disputes")

#: What one node may open to another, in the order in which two nodes open it; first what two administrations do.
NODE_CAPABILITIES = ("offer.read", "quote", "order", "documents", "delivery", "statistics", "statistics.orders")
CAPABILITIES = ("programmes", *NODE_CAPABILITIES)

#: The topics of provisions, in the order in which they are shown.
TOPICS = (
    "e_signature",
    "e_contracts",
    "e_transactions",
    "e_invoicing",
    "paperless",
    "mutual_recognition",
    "single_windows",
    "digital_identity",
    "data_flows",
    "computing_location",
    "personal_data",
    "customs_duties",
    "source_code",
    "non_discrimination",
    "cryptography",
    "consumer",
    "spam",
    "internet_access",
    "open_government_data",
    "logistics",
    "express",
    "e_payments",
    "fintech",
    "ai",
    "data_innovation",
    "cyber",
    "sme",
    "inclusion",
    "transparency",
    "cooperation",
    "dialogue",
    "disputes",
)
