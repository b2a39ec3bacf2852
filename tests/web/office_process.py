"""The socket process with documents and the access of a test: see `socket_process`. Its workspace has 2 MB."""

from __future__ import annotations

import argparse
import datetime as dt
from pathlib import Path
from typing import Any

from socket_process import FileAccess

QUOTA = 2_000_000


def main() -> None:
    """Run the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--access", type=Path)
    given = parser.parse_args()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from entrepot.store import office
    from entrepot.web.live.office import room_type
    from entrepot.web.live.office.room_type import LIMITS, Rooms
    from entrepot.web.live.sockets import process
    from entrepot.web.live.sockets.rooms import RoomType, Visitor

    def load(number: str) -> Any:
        office.settle(number, dt.datetime.now(dt.UTC))
        return office.load(number), QUOTA, office.used_bytes("ws_1")

    def choose(visitor: Visitor, wanted: str) -> str:
        return wanted if visitor.role in room_type.SEATED else room_type.choose(visitor, wanted)

    types = [RoomType("workspace", Rooms(load).open, choose, LIMITS)]
    process.run(types, FileAccess(given.access), "127.0.0.1", given.port)


if __name__ == "__main__":
    main()
