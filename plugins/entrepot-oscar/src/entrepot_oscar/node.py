"""The client of the node, with the settings of the shop."""

from __future__ import annotations

from entrepot.client import Client
from entrepot_oscar.configuration import configuration

#: Seconds that the background worker waits for an answer, and its attempts: its jobs are sent again later.
PATIENT, TRIES = 30.0, 2


def checkout_client() -> Client:
    """A client for a buyer who waits: one attempt. Close it."""
    given = configuration()
    return Client(given.url, given.api_key, given.timeout, tries=1)


def background_client() -> Client:
    """A client for the background worker. Close it."""
    given = configuration()
    return Client(given.url, given.api_key, PATIENT, tries=TRIES, patience=PATIENT)
