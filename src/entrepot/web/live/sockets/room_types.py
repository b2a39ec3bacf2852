"""The room types of this process. Each part names its module here; it is imported when the process starts."""

from __future__ import annotations

import logging
from importlib import import_module

from entrepot.web.live.sockets.rooms import RoomType

LOG = logging.getLogger("entrepot.web")
#: Modules with a function `room_type()`, by what they need beside the server; one that is missing has no rooms.
MODULES: dict[str, str] = {
    "entrepot.web.live.office.room_type": "pycrdt",
    "entrepot.web.live.visits.rooms": "",
}


def load() -> list[RoomType]:
    """The room types whose packages are installed."""
    found = []
    for module, needed in MODULES.items():
        try:
            found.append(import_module(module).room_type())
        except ModuleNotFoundError as error:
            if error.name != needed:
                raise
            LOG.warning("no rooms without %s: pip install 'entrepot[services]'", needed)
    return found
