"""Decides whether a request is sent again, and after how many seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from entrepot.client.errors import KeyInUse, refusal, unreachable

#: Seconds before the second attempt; each further wait is twice as long, up to LONGEST.
FIRST, LONGEST = 0.25, 8.0


class Attempts:
    """The attempts of one request: a failure gives the seconds to wait, or is raised if it was the last attempt.

    `most`: the maximum number of attempts. `seconds`: the time, waits included, after which no new attempt starts.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._left = most
        self._until = time.monotonic() + seconds
        self._wait = FIRST

    def after_no_response(self, error: Exception) -> float:
        """The seconds to wait after no response. Raises Unreachable after the last attempt."""
        said = unreachable("no_answer", f"The server did not answer: {str(error) or type(error).__name__}.")
        return self._next(None, said)

    def after_error_response(self, status: int, headers: Mapping[str, str], body: bytes) -> float:
        """The seconds to wait after an error response. Raises its ApiError if it is not to be repeated."""
        after = seconds_of(headers.get("retry-after"))
        said = refusal(status, body, headers.get("x-request-id"), after)
        if status != 429 and status < 500 and not isinstance(said, KeyInUse):
            raise said
        return self._next(after, said)

    def _next(self, after: float | None, said: Exception) -> float:
        self._left -= 1
        # Part of the wait is random, so that clients that were rejected together do not all retry together.
        wait = self._wait * random.uniform(0.5, 1.0) if after is None else after  # noqa: S311  # nothing is secret here
        if self._left < 1 or time.monotonic() + wait > self._until:
            raise said
        self._wait = min(self._wait * 2, LONGEST)
        return wait


def seconds_of(text: str | None) -> float | None:
    """The seconds of a Retry-After header, which is a number or a time; None if it is neither.

    >>> seconds_of("3"), seconds_of("soon"), seconds_of("Wed, 21 Oct 2015 07:28:00 GMT")
    (3.0, None, 0.0)
    """
    if text is None:
        return None
    if text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(moment.timestamp() - time.time(), 0.0)
