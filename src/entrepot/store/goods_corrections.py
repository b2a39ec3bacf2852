"""The codes that organizations chose for descriptions of goods: rows in, rows out."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from entrepot.goods.classify import correction_key
from entrepot.goods.corrections import Correction
from entrepot.store.models import GoodsCorrection

#: Corrections of an organization, at most, and those of a list.
MOST, LISTED = 10_000, 200


class KeptCode(NamedTuple):
    """A code that is kept for a description. `id` names it in a form."""

    id: int
    text: str
    code: str


class TooManyCodes(Exception):
    """The organization keeps as many codes as it may."""


def find_codes(organization: str, keys: Iterable[str]) -> dict[str, str]:
    """The codes that an organization chose for some descriptions, by the keys of these."""
    digests = {_digest(key): key for key in keys}
    rows = GoodsCorrection.objects.filter(organization_id=organization, digest__in=list(digests))
    return {digests[digest]: code for digest, code in rows.values_list("digest", "code")}


def chosen_codes(organization: str | None) -> Callable[[Sequence[str]], dict[str, str]]:
    """Gives the codes that an organization chose for some descriptions, by the keys of these, as they are now.

    They are read when this is called: what it returns uses no database, and may be called by any thread.
    """
    if organization is None:
        return lambda _texts: {}
    codes = dict(GoodsCorrection.objects.filter(organization_id=organization).values_list("digest", "code"))

    def chosen(texts: Sequence[str]) -> dict[str, str]:
        keys = set(map(correction_key, texts)) if codes else set()
        return {key: codes[digest] for key in keys if (digest := _digest(key)) in codes}

    return chosen


def keep_code(organization: str, new: Correction, now: dt.datetime) -> None:
    """Keep a code for a description, in place of an earlier one. Raises TooManyCodes."""
    digest, rows = _digest(new.key), GoodsCorrection.objects.filter(organization_id=organization)
    if not rows.filter(digest=digest).exists() and rows.count() >= MOST:
        raise TooManyCodes
    GoodsCorrection.objects.update_or_create(
        organization_id=organization, digest=digest, defaults={"text": new.text, "code": new.code, "created": now}
    )


def forget_code(organization: str, number: int) -> bool:
    """Forget a code that is kept; False if the organization has none of this number."""
    return bool(GoodsCorrection.objects.filter(organization_id=organization, id=number).delete()[0])


def forget_key(organization: str, key: str) -> None:
    """Forget the code that an organization chose for a description, if there is one."""
    GoodsCorrection.objects.filter(organization_id=organization, digest=_digest(key)).delete()


def list_codes(organization: str) -> list[KeptCode]:
    """The newest codes that an organization keeps."""
    rows = GoodsCorrection.objects.filter(organization_id=organization).order_by("-created", "-id")[:LISTED]
    return [KeptCode(*row) for row in rows.values_list("id", "text", "code")]


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
