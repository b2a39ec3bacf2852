"""`python -m entrepot.web.site.sockets`: the socket process. The server starts it beside itself.

    python -m entrepot.web.site.sockets [--host 127.0.0.1] [--port 8001] [--parent PID]

It ends on SIGTERM or Ctrl-C, after it has closed its connections and rooms, and if its parent ends.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys

from entrepot.configuration import whole_number
from entrepot.web.site import start_checks


def main(arguments: list[str]) -> None:
    """Serve until stopped. Exits with 0; with 1 if the port is in use; with 2 for an invalid setting."""
    parser = argparse.ArgumentParser(prog="python -m entrepot.web.site.sockets", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", default="8001")
    parser.add_argument("--parent", type=int, default=None)
    given = parser.parse_args(arguments)
    with start_checks.exit_on_configuration_error():
        start_checks.check_settings()
        port = whole_number("--port", given.port, 65_535)
        start_checks.check_address(given.host, port)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.web.site.settings")
    import django

    django.setup()
    from entrepot.web.live.sockets import access, process, room_types
    from entrepot.web.process import parent_watch

    if given.parent is not None:
        parent_watch.start(given.parent)
    process.run(room_types.load(), access.GrantAccess(), given.host, port)
    logging.shutdown()


if __name__ == "__main__":
    main(sys.argv[1:])
