"""counts: what the desk counts of itself, for Prometheus; of each process by itself, since it started."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from threading import Lock

#: Seconds up to which a request is counted in each bucket.
BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

_lock = Lock()
_requests: Counter[tuple[str, str, int]] = Counter()
_buckets: Counter[tuple[str, float]] = Counter()
_seconds: Counter[str] = Counter()
_outcomes: Counter[str] = Counter()


def counted(route: str, method: str, status: int, seconds: float) -> None:
    """Counts a request that was answered."""
    method = method if method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS") else "other"
    least = next((edge for edge in BUCKETS if seconds <= edge), float("inf"))
    with _lock:
        _requests[route, method, status] += 1
        _buckets[route, least] += 1
        _seconds[route] += seconds  # type: ignore[assignment]  # a sum of seconds beside counts


def quoted(outcome: str) -> None:
    """Counts a quote."""
    with _lock:
        _outcomes[outcome] += 1


def lines() -> Iterator[str]:
    """The counts in the text format of Prometheus."""
    with _lock:
        requests, buckets, seconds, outcomes = _requests.copy(), _buckets.copy(), _seconds.copy(), _outcomes.copy()
    pid = f'pid="{os.getpid()}"'
    yield "# HELP entrepot_requests_total Requests answered."
    yield "# TYPE entrepot_requests_total counter"
    for (route, method, status), many in sorted(requests.items()):
        yield f'entrepot_requests_total{{{pid},route="{_safe(route)}",method="{method}",status="{status}"}} {many}'
    yield "# HELP entrepot_request_seconds How long requests took."
    yield "# TYPE entrepot_request_seconds histogram"
    for route in sorted(seconds):
        sum_of = 0
        for edge in (*BUCKETS, float("inf")):
            sum_of += buckets.get((route, edge), 0)
            shown = "+Inf" if edge == float("inf") else str(edge)
            yield f'entrepot_request_seconds_bucket{{{pid},route="{_safe(route)}",le="{shown}"}} {sum_of}'
        yield f'entrepot_request_seconds_sum{{{pid},route="{_safe(route)}"}} {seconds[route]}'
        yield f'entrepot_request_seconds_count{{{pid},route="{_safe(route)}"}} {sum_of}'
    yield "# HELP entrepot_quotes_total Quotes by how sure they are."
    yield "# TYPE entrepot_quotes_total counter"
    for outcome, many in sorted(outcomes.items()):
        yield f'entrepot_quotes_total{{{pid},outcome="{outcome}"}} {many}'


def _safe(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
