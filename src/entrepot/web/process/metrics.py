"""counts: what the desk counts of itself, for Prometheus, over all its processes (multiprocess mode).

Each worker writes its counts into files of its own (see `metrics_folder`), and the one that is asked adds all of them
up. The counts of a worker that has ended stay, so that no total falls.
"""

from __future__ import annotations

import logging
import os

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from entrepot.web.process import metrics_folder

LOG = logging.getLogger("entrepot.web")
#: Seconds up to which a request is counted in each bucket.
BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))

#: Of this process; in multiprocess mode what is shown is read from the files instead.
_own = CollectorRegistry()
_requests = Counter("entrepot_requests", "Requests answered.", ("route", "method", "status"), registry=_own)
_seconds = Histogram("entrepot_request_seconds", "How long requests took.", ("route",), buckets=BUCKETS, registry=_own)
_quotes = Counter("entrepot_quotes", "Quotes by how sure they are.", ("outcome",), registry=_own)
#: The counters by their labels: to look one up in the library takes longer than to count.
_request: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
_quote: dict[str, Counter] = {}
_state = {"counts": True}


def start() -> None:
    """Makes the files of this worker; where the disk has no room for them it counts nothing."""
    _state["counts"] = metrics_folder.create_files()
    if not _state["counts"]:
        LOG.warning("nothing is counted: there is no room for the counts on the disk")


def record_request(route: str, method: str, status: int, seconds: float) -> None:
    """Counts a request that was answered."""
    if not _state["counts"]:
        return
    key = route, method, status
    found = _request.get(key)
    if found is None:
        known = method if method in METHODS else "other"
        found = _requests.labels(route, known, str(status)), _seconds.labels(route)
        if known == method:  # any other word is the caller's: it is not kept
            _request[key] = found
    found[0].inc()
    found[1].observe(seconds)


def record_quote(outcome: str) -> None:
    """Counts a quote."""
    if not _state["counts"]:
        return
    found = _quote.get(outcome)
    if found is None:
        found = _quote[outcome] = _quotes.labels(outcome)
    found.inc()


def exposition() -> bytes:
    """The counts of all processes in the text format of Prometheus."""
    if metrics_folder.VARIABLE not in os.environ:
        return generate_latest(_own)
    every = CollectorRegistry()
    MultiProcessCollector(every)  # type: ignore[no-untyped-call]  # the library gives it no types
    return generate_latest(every)
