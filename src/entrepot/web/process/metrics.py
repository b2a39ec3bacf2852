"""Metrics of the server for Prometheus, over all its processes (multiprocess mode).

Each worker writes its counts to its own files (see `metrics_folder`). The worker that gets a request for metrics adds
all of them. The counts of a worker that has ended remain, so that totals never decrease.
"""

from __future__ import annotations

import logging
import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from entrepot.web.process import metrics_folder

LOG = logging.getLogger("entrepot.web")
#: The upper bounds of the buckets, in seconds.
BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

#: The metrics of this process. In multiprocess mode `exposition` reads the files instead.
_registry = CollectorRegistry()
_requests = Counter("entrepot_requests", "Requests answered.", ("route", "method", "status"), registry=_registry)
_seconds = Histogram(
    "entrepot_request_seconds", "How long requests took.", ("route",), buckets=BUCKETS, registry=_registry
)
_quotes = Counter("entrepot_quotes", "Quotes by how sure they are.", ("outcome",), registry=_registry)
_sockets = Counter("entrepot_sockets", "Socket connections by how they ended.", ("room", "code"), registry=_registry)
_socket_messages = Counter("entrepot_socket_messages", "Messages received.", ("room",), registry=_registry)
_socket_received = Counter("entrepot_socket_received_bytes", "Bytes received.", ("room",), registry=_registry)
_socket_sent = Counter("entrepot_socket_sent_bytes", "Bytes sent.", ("room",), registry=_registry)
#: The counters by their labels: a lookup in the library takes longer than counting.
_request_counters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
_quote_counters: dict[str, Counter] = {}
_state = {"enabled": True}


def start() -> None:
    """Create the files of this worker. If the disk has no space for them, nothing is counted."""
    _state["enabled"] = metrics_folder.create_files()
    if not _state["enabled"]:
        LOG.warning("metrics are off: no space for their files on the disk")


def record_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request that was processed."""
    if not _state["enabled"]:
        return
    key = route, method, status
    found = _request_counters.get(key)
    if found is None:
        known = method if method in METHODS else "other"
        found = _requests.labels(route, known, str(status)), _seconds.labels(route)
        if known == method:  # other methods are chosen by the client: they are not cached
            _request_counters[key] = found
    found[0].inc()
    found[1].observe(seconds)


def record_quote(outcome: str) -> None:
    """Count a quote by its outcome."""
    if not _state["enabled"]:
        return
    found = _quote_counters.get(outcome)
    if found is None:
        found = _quote_counters[outcome] = _quotes.labels(outcome)
    found.inc()


def record_socket(room: str, code: int) -> None:
    """Count a socket connection that ended, by its kind of room and its close code."""
    if _state["enabled"]:
        _sockets.labels(room, str(code)).inc()


def record_socket_traffic(room: str, messages: int, received: int, sent: int) -> None:
    """Count what a socket connection sent and received."""
    if _state["enabled"]:
        _socket_messages.labels(room).inc(messages)
        _socket_received.labels(room).inc(received)
        _socket_sent.labels(room).inc(sent)


def exposition() -> bytes:
    """The metrics of all processes in the text format of Prometheus."""
    if metrics_folder.VARIABLE not in os.environ:
        return generate_latest(_registry)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library gives it no types
    return generate_latest(registry)
