"""cite: where a number comes from, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

#: From the strongest to the weakest. `official`: the authority's own text was read; `published`: another page was;
#: `unchecked`: general knowledge.
TRUST = ("official", "published", "unchecked")


class Citation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A source of law, as a row of a pack cites it.

    `row` is the place in the packs (`cn/tariff.csv:12`), so that a reader finds the figure and can change it.
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
    """The trust of a whole is that of its weakest part.

    >>> weakest(["official", "unchecked", "published"]), weakest([])
    ('unchecked', None)
    """
    ranks = [TRUST.index(trust) for trust in trusts]
    return TRUST[max(ranks)] if ranks else None


class LayerUsed(msgspec.Struct, frozen=True, gc=False):
    """A layer over the pack that was in force: a schedule that the user keeps, or an overlay that the caller named.

    `kind`: schedule or overlay. `trust`: of all that it says.
    """

    id: str
    kind: str
    since: str | None
    until: str | None
    trust: str
    title: str
