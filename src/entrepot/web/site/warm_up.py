"""warming: the law of today is read, or compiled, before anybody asks for it; the first caller waits for nothing."""

from __future__ import annotations

import datetime as dt
import logging

from entrepot import app
from entrepot.model.errors import EntrepotError

LOG = logging.getLogger("entrepot.web")


def load_laws() -> None:
    """Makes ready the law of every pack, as of today. A pack with faults is told and left: the others serve."""
    house, today = app.library(), dt.datetime.now(dt.UTC).date()
    for pack in house.ids():
        try:
            house.law_of(pack, today)
        except EntrepotError as error:
            LOG.warning("a pack is not served", extra={"fields": {"pack": pack, "why": str(error).splitlines()[0]}})
