"""The process: the server of the sockets, its signals and its end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Sequence

from django.conf import settings

from entrepot.web.live.sockets.app import Sockets
from entrepot.web.live.sockets.origins import allowed_origins
from entrepot.web.live.sockets.rooms import Access, RoomType
from entrepot.web.live.sockets.server import start
from entrepot.web.process import metrics

LOG = logging.getLogger("entrepot.web")


def run(types: Sequence[RoomType], access: Access, host: str, port: int) -> None:
    """Serve until SIGTERM or Ctrl-C; then close the connections and the rooms."""
    metrics.start()
    asyncio.run(_serve(types, access, host, port))


async def _serve(types: Sequence[RoomType], access: Access, host: str, port: int) -> None:
    allowed = allowed_origins(settings.ALLOWED_HOSTS, https=settings.HTTPS)
    application = Sockets(types, access, allowed=allowed, proxies=settings.PROXIES)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await application.begin()
    watch = asyncio.create_task(application.watch())
    server = await start(application, host, port)
    await stop.wait()
    watch.cancel()
    await application.stop()
    server.close()
    await server.wait_closed()
