"""The HTTP server of a sandbox: WSGI in one process with threads, so that one signal ends all of it.

For a few counterparts on the loopback, not for the Internet: a connection carries one request.
"""

from __future__ import annotations

import socket
import sys
import threading
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

#: Requests that are answered at the same time; others wait.
AT_ONCE = 64
#: Seconds in which a client must send the next bytes of its request.
CLIENT_TIMEOUT = 30


class _Handler(WSGIRequestHandler):
    timeout = CLIENT_TIMEOUT
    server_version = "entrepot-sandbox"
    sys_version = ""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the signature of the standard library
        """Log nothing: an address of a list is not written to a log."""

    def address_string(self) -> str:
        """The address of the client, without a look-up of its name."""
        return str(self.client_address[0])


class Server(ThreadingMixIn, WSGIServer):
    """Answer requests of a WSGI application in threads."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int) -> None:
        """Listen: requests wait for `set_app` and `serve_forever`. `port` 0: a free one. Raises OSError."""
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._free = threading.BoundedSemaphore(AT_ONCE)
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind without asking the network for the name of this machine, as the standard library does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread for a request, once fewer than AT_ONCE run."""
        self._free.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one request."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, or was too slow, is not an error of the server."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)
