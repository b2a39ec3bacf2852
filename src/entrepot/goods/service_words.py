"""Services by the words that sellers use for them, and goods that are sold as a service, such as by subscription."""

from __future__ import annotations

import re
from collections.abc import Collection

from entrepot.model.codes import id_of

#: Words that sellers use for services, and the categories that they may mean.
SERVICE_WORDS = {
    "course": ("live_teaching", "recorded_courses"),
    "lesson": ("live_teaching", "recorded_courses"),
    "class": ("live_teaching", "recorded_courses"),
    "teaching": ("live_teaching", "recorded_courses"),
    "training": ("live_teaching", "recorded_courses"),
    "consultation": ("consulting", "telemedicine"),
    "doctor": ("telemedicine",),
    "medical": ("telemedicine",),
    "health": ("telemedicine",),
    "workspace": ("collaborative_office",),
    "office": ("collaborative_office",),
    "seat": ("collaborative_office",),
    "saas": ("software",),
    "hosting": ("cloud_storage",),
    "film": ("streaming",),
    "movie": ("streaming",),
    "music": ("streaming",),
    "stream": ("streaming",),
    "video": ("streaming",),
    "audiobook": ("audiobooks",),
    "audio_book": ("audiobooks",),
    "ebook": ("ebooks",),
    "e_book": ("ebooks",),
    "newspaper": ("electronic_news",),
    "game": ("games",),
    "licence": ("software",),
    "license": ("software",),
    "cloud": ("cloud_storage",),
    "backup": ("cloud_storage",),
    "advert": ("advertising", "online_advertising"),
    "advice": ("consulting",),
    "marketplace": ("platform_intermediation",),
}


def services_meant(text: str, services: Collection[str] | None = None) -> list[str]:
    """The categories of services that words may mean, by the words that sellers use for them.

    `services`: those that there are; without it all of the words.

    >>> services_meant("Streaming subscription", ("streaming", "games")), services_meant("chair", ("games",))
    (['streaming'], [])
    """
    typed = id_of(text)
    return sorted(
        {
            name
            for word, names in SERVICE_WORDS.items()
            if word in typed
            for name in names
            if services is None or name in services
        }
    )


def goods_sent(text: str) -> str:
    """The goods of words that also name how they are sold, as by subscription; empty if they name no such thing.

    >>> goods_sent("Coffee subscription"), goods_sent("chair")
    ('Coffee', '')
    """
    left = re.sub(
        r"\b(?:subscriptions?|memberships?|monthly|weekly|yearly|annual|abonnements?)\b", " ", text, flags=re.IGNORECASE
    )
    left = re.sub(r"(?:订阅|订购|月度|đăng ký|thuê bao|สมัครสมาชิก)", " ", left)
    left = " ".join(left.split())
    return left if left != " ".join(text.split()) else ""
