"""Load or compile the law of today before the first request, so that it does not wait."""

from __future__ import annotations

import datetime as dt
import logging

from entrepot import app
from entrepot.model.errors import EntrepotError

LOG = logging.getLogger("entrepot.web")


def load_laws() -> None:
    """Load the law of every pack as of today. A pack with errors is logged and skipped."""
    library, today = app.library(), dt.datetime.now(dt.UTC).date()
    for pack in library.ids():
        try:
            library.law_of(pack, today)
        except EntrepotError as error:
            LOG.warning("a pack is not served", extra={"fields": {"pack": pack, "why": str(error).splitlines()[0]}})
