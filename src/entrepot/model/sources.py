"""The source of a number, and its degree of trust."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

#: The trust of rows of a pack, from the strongest to the weakest. `official`: the authority's own text was read;
#: `published`: another page was read; `unchecked`: general knowledge.
PACK_TRUST = ("official", "published", "unchecked")
#: With that of a file which the user added and which is not recognized as an authority's own: `user`. Nobody but the
#: user knows what it is, so it is the weakest.
TRUST = (*PACK_TRUST, "user")


class Citation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A source of law as a row of a pack cites it.

    `row` is its location in the packs (`cn/tariff.csv:12`), so that a reader finds the figure and can change it.
    """

    source: str
    title: str
    authority: str
    number: str | None = None
    dated: str | None = None
    read: str | None = None
    url: str | None = None
    row: str
    since: str
    until: str | None = None
    trust: str


def weakest(trusts: Iterable[str]) -> str | None:
    """The trust of the weakest part, which is that of the whole; None without parts.

    >>> weakest(["official", "unchecked", "published"]), weakest([])
    ('unchecked', None)
    """
    ranks = [TRUST.index(trust) for trust in trusts]
    return TRUST[max(ranks)] if ranks else None


class LayerUsed(msgspec.Struct, frozen=True, gc=False):
    """A layer over the pack that was in force: an installed schedule, or an overlay that the caller named.

    `kind`: schedule or overlay. `trust`: the weakest of its rows.
    """

    id: str
    kind: str
    since: str | None
    until: str | None
    trust: str
    title: str
