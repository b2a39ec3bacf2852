"""The client of the node, with the settings of the shop."""

from __future__ import annotations

from django.utils.translation import get_language

from entrepot.client import Client
from entrepot_oscar.configuration import configuration

#: The languages of the texts of a node.
LANGUAGES = ("en", "zh", "vi", "th", "km")
#: Seconds that the background worker waits for an answer, and its attempts: its jobs are sent again later.
PATIENT, TRIES = 30.0, 2


def checkout_client() -> Client:
    """A client for a buyer who waits: one attempt, and texts in the language of the buyer. Close it."""
    given = configuration()
    return Client(given.url, given.api_key, given.timeout, tries=1, language=language_of_buyer())


def language_of_buyer() -> str | None:
    """The language of the node that the reader of this page reads; None for another one.

    >>> from django.utils import translation
    >>> with translation.override("zh-hans"):
    ...     language_of_buyer()
    'zh'
    """
    found = (get_language() or "").partition("-")[0]
    return found if found in LANGUAGES else None


def background_client() -> Client:
    """A client for the background worker. Close it."""
    given = configuration()
    return Client(given.url, given.api_key, PATIENT, tries=TRIES, patience=PATIENT)
