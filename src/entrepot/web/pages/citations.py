"""The law behind the figures of a page: each row with its dates and trust; each source numbered and listed once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from entrepot.language import translate
from entrepot.language.translate import _, label, pack_text
from entrepot.model.quote import LawUsed


@dataclass(slots=True)
class Sources:
    """The sources that a page cites, numbered in the order of their first mention."""

    law: LawUsed
    numbers: dict[str, int] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, citations: Iterable[str]) -> list[dict[str, Any]]:
        """Each row of law that was applied: its file and line, its dates, its trust and its sources."""
        return [
            {
                "where": name,
                "dates": period(row.since, row.until),
                "trust": row.trust,
                "sources": [self._source(source) for source in row.sources],
            }
            for name in citations
            for row in [self.law.rows[name]]
        ]

    def _source(self, source: str) -> dict[str, Any]:
        if source not in self.numbers:
            self.numbers[source] = len(self.numbers) + 1
            self.entries.append(source_entry(self.numbers[source], self.law.sources[source]))
        return self.entries[self.numbers[source] - 1]


def source_entry(number: int, source: Any) -> dict[str, Any]:
    """A source for a page; `source` is any object with `authority`, `title`, `number`, `dated`, `read` and `url`."""
    details = [source.number or ""]
    if source.dated:
        details.append(_("of {day}").format(day=translate.day(source.dated)))
    details.append(_("read on {day}").format(day=translate.day(source.read)) if source.read else _("not read"))
    return {
        "n": number,
        "authority": translate.publisher(source.authority),
        "title": pack_text(source.title),
        "beside": " · ".join(filter(None, details)),
        # An address from a pack becomes a link only if it is an HTTP address.
        "url": source.url if str(source.url or "").startswith(("https://", "http://")) else "",
    }


def period(since: str, until: str | None) -> str:
    """The period in which a row is in force, in words."""
    if until:
        return _("from {since} until {until}").format(since=translate.day(since), until=translate.day(until))
    return _("since {since}").format(since=translate.day(since))


def layer_texts(layers: Iterable[Any], title: str) -> list[str]:
    """The schedules and overlays that were applied to the law, each with its id and its trust."""
    templates = {"schedule": _("Schedule of {place}, {id}, {trust}"), "overlay": _("overlay {id}, {trust}")}
    place = translate.place_of_law(title)
    return [templates[each.kind].format(place=place, id=each.id, trust=label(each.trust)) for each in layers]
