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


class CitedRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A row of law that a quote cites, in `law.rows` by its location in the packs (`cn/tariff.csv:12`).

    `sources`: keys of `law.sources`. `until` is left out of the JSON where the row has no end.
    """

    since: str
    until: str | None = None
    trust: str
    sources: tuple[str, ...]


class CitedSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A source of law that a cited row rests on, in `law.sources` by its id. What is not known is left out.

    `as_of`: the vintage of its rates (a day, a month or a year), if later changes are not in it.
    """

    title: str
    authority: str
    number: str | None = None
    dated: str | None = None
    read: str | None = None
    url: str | None = None
    as_of: str | None = None


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
