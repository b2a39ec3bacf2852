"""Limits on guessing: attempts a minute from an address and for an account, and a lock after wrong passwords.

An attempt is counted before the password is checked. Whether an account exists changes neither the answer nor, because
a password is hashed in both cases, the time that it takes.
"""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from entrepot.store.people import locks
from entrepot.web.http import rate_limit
from entrepot.web.http.api_keys import Caller
from entrepot.web.http.proxies import address_of

#: Attempts a minute: from one address, and for one account from all addresses together.
OF_ADDRESS, OF_NAME = 10, 10
#: Wrong passwords within 15 minutes after which the next attempts are refused for 15 minutes: for an account from one
#: address, for an account from all addresses, and from one address for all accounts.
WRONG_OF_BOTH, WRONG_OF_NAME, WRONG_OF_ADDRESS = 10, 50, 100
#: E-mails a minute: to one address, and on requests from one address.
MAILS_TO, MAILS_FROM = 3, 10


class Locked(Exception):
    """There were too many wrong passwords. `of_account`: whether a lock of the account began with this attempt."""

    def __init__(self, *, of_account: bool) -> None:
        super().__init__()
        self.of_account = of_account


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that was counted."""

    callers: tuple[tuple[Caller, float], ...]
    keys: tuple[str, ...]

    def succeeded(self) -> None:
        """The password was right: the attempt does not count."""
        for caller, when in self.callers:
            rate_limit.uncount_request(caller, when)
        locks.uncount_attempt(*self.keys)


def count(request: HttpRequest, name: str, what: str = "sign in") -> Attempt:
    """Count an attempt to sign in as a name. Raises Refused above the rate and Locked after wrong passwords.

    An attempt that cannot be counted is an error (503): a limit on guessing must not fail open.
    """
    address = address_of(request)
    hashed = hash_name(name)
    keys = _keys(hashed, address, what)
    counted = [_counted(_caller(f"{what} {address}", OF_ADDRESS))]
    try:
        # A blocked or locked address does not count for the account: it alone could keep its owner out for ever.
        locks.check(*keys)
        counted.append(_counted(_caller(f"{what} as {hashed}", OF_NAME)))
        locks.count_attempt(dict(zip(keys, (WRONG_OF_BOTH, WRONG_OF_NAME, WRONG_OF_ADDRESS), strict=True)))
    except locks.Locked as locked:
        raise Locked(of_account=bool(locked.begun & set(keys[:2]))) from None
    return Attempt(tuple(counted), keys)


def unlock(request: HttpRequest, name: str) -> None:
    """Forget the wrong passwords of an account: it has a new one."""
    both, of_name, _address = _keys(hash_name(name), address_of(request), "sign in")
    locks.unlock(both, of_name)


def count_mail(request: HttpRequest, to: str) -> None:
    """Count an e-mail that a request wants to send to an address. Raises Refused above the rates."""
    rate_limit.count_request(_caller(f"mail from {address_of(request)}", MAILS_FROM), required=True)
    rate_limit.count_request(_caller(f"mail to {hash_name(to)}", MAILS_TO), required=True)


def hash_name(name: str) -> str:
    """A name normalised as Django does, and hashed: what is counted does not contain it."""
    known = unicodedata.normalize("NFKC", name).casefold()
    return salted_hmac("entrepot.web.site.sign_in", known, algorithm="sha256").hexdigest()


def _keys(hashed: str, address: str, what: str) -> tuple[str, str, str]:
    parts = (f"{what}|{hashed}|{address}", f"{what}|{hashed}", f"{what}||{address}")
    both, of_name, of_address = (salted_hmac("entrepot.locks", part, algorithm="sha256").hexdigest() for part in parts)
    return both, of_name, of_address


def _counted(caller: Caller) -> tuple[Caller, float]:
    now = time.time()
    rate_limit.count_request(caller, required=True)
    return caller, now


def _caller(name: str, per_minute: int) -> Caller:
    return Caller(None, name, frozenset(), per_minute)
