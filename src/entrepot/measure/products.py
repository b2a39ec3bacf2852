"""The codes of services in EBOPS 2010: of the categories sold here, and which of them could be delivered by network.

Which categories have which code follows from the titles of both lists; the table of the authorities was not seen, so a
category without an unambiguous title has none. Of deliverable services only the families are published; that some
items of other business services are not was not confirmed, so for these the answer is None.
"""

from __future__ import annotations

from collections.abc import Mapping

#: The platform's fee: trade-related services.
PLATFORM_FEE = "SJ34"
#: By the category of a service (`packs/world/services.csv`): its code. A category that is missing has none.
EBOPS: Mapping[str, str] = {
    "advertising": "SJ22",
    "cloud_storage": "SI2",
    "collaborative_office": "SI2",
    "consulting": "SJ21",
    "live_teaching": "SK22",
    "online_advertising": "SJ22",
    "online_education": "SK22",
    "platform_intermediation": PLATFORM_FEE,
    "recorded_courses": "SK22",
    "software": "SI2",
    "streaming": "SK1",
    "telemedicine": "SK21",
}
#: By the first letters of a code, the longest first: whether the service could be delivered over a network.
DELIVERABLE: Mapping[str, bool | None] = {
    "SJ32": None, "SJ33": None, "SK2": None,
    "SA": False, "SB": False, "SC": False, "SD": False, "SE": False, "SL": False,
    "SF": True, "SG": True, "SH": True, "SI": True, "SJ": True, "SK": True,
}  # fmt: skip


def is_deliverable(ebops: str) -> bool | None:
    """Whether a service could be delivered over a network, by its code; None where that is not known.

    >>> is_deliverable("SI2"), is_deliverable("SC4"), is_deliverable("SJ33"), is_deliverable("")
    (True, False, None, None)
    """
    return next((found for begin, found in DELIVERABLE.items() if ebops.startswith(begin)), None)
