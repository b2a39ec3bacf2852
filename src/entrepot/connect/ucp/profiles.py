"""Profiles of platforms, fetched when they are needed: cached, bounded, and never from a private address."""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from entrepot.connect.ucp.faults import UcpFault
from entrepot.connect.ucp.platforms import Platform, read_platform
from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url

#: Bytes of a profile; profiles that are documented have less than 5 kB.
MAX_BYTES = 256 << 10
#: Seconds that a profile is kept: at least, at most, and one that could not be fetched.
LEAST, MOST, FAILED = 60.0, 3600.0, 60.0
#: Profiles that are kept, and fetches of unknown ones in a minute: what strangers can make this node do.
KEPT, PER_MINUTE = 512, 60
TIMEOUT = 5.0
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,9})")


class _Kept(NamedTuple):
    until: float
    fetched: float
    found: Platform | UcpFault


class Profiles:
    """The profiles of platforms. `clock`: seconds; `allow_loopback`: also of this machine, as in development."""

    def __init__(self, clock: Callable[[], float], *, allow_loopback: bool) -> None:
        self._clock, self._allow_loopback = clock, allow_loopback
        self._lock = Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._fetches: deque[float] = deque()

    def get(self, url: str, *, key: str | None = None) -> Platform:
        """The platform with a profile. Raises UcpFault.

        `key`: an id that must be among its keys; where it is not, the profile is fetched again, once a minute at most.
        """
        now = self._clock()
        with self._lock:
            kept = self._kept.get(url)
            if kept is not None:
                self._kept.move_to_end(url)  # the one that nobody has named for the longest time is forgotten first
        if kept is not None and now < kept.until and not self._lacks(kept, key, now):
            if isinstance(kept.found, UcpFault):
                raise kept.found
            return kept.found
        if kept is None or isinstance(kept.found, UcpFault):
            self._count(now)  # a platform that is known has one fetch a minute, whatever strangers do
        found, seconds = self._fetch(url)
        with self._lock:
            self._kept[url] = _Kept(now + seconds, now, found)
            self._kept.move_to_end(url)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        if isinstance(found, UcpFault):
            raise found
        return found

    def _lacks(self, kept: _Kept, key: str | None, now: float) -> bool:
        if key is None or isinstance(kept.found, UcpFault) or now < kept.fetched + LEAST:
            return False
        return key not in kept.found.keys and key not in kept.found.unsupported

    def _count(self, now: float) -> None:
        with self._lock:
            while self._fetches and self._fetches[0] <= now - 60:
                self._fetches.popleft()
            if len(self._fetches) >= PER_MINUTE:
                raise UcpFault(503, "busy", "Many profiles are being fetched. Try again later.", {"Retry-After": "30"})
            self._fetches.append(now)

    def _fetch(self, url: str) -> tuple[Platform | UcpFault, float]:
        try:
            target = read_url(url, allow_loopback=self._allow_loopback)
            answer = http.get(target, most=MAX_BYTES, timeout=TIMEOUT, allow_loopback=self._allow_loopback)
        except UnsafeAddress:
            # Not why: who names the address may not know the operator's own network.
            says = "The profile in UCP-Agent must be an https address of the public internet."
            return UcpFault(400, "invalid_profile_url", says), FAILED
        except http.NoAnswer as error:
            return UcpFault(424, "profile_unreachable", f"The profile {url} cannot be fetched. {error}"), FAILED
        if answer.status != 200:
            says = f"The profile {url} cannot be fetched: it answered {answer.status}. Redirects are not followed."
            return UcpFault(424, "profile_unreachable", says), FAILED
        if len(answer.body) >= MAX_BYTES:
            return UcpFault(422, "profile_malformed", f"The profile {url} is larger than {MAX_BYTES >> 10} kB."), FAILED
        age = _MAX_AGE.search(answer.headers.get("cache-control", ""))
        try:
            return read_platform(url, answer.body), min(max(float(age[1]) if age else LEAST, LEAST), MOST)
        except UcpFault as fault:
            return fault, FAILED
