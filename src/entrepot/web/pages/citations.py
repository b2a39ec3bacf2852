"""The law behind the figures of a page: each row with its dates and trust; each source numbered and listed once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from entrepot.language import translate
from entrepot.language.translate import _, label, pack_text
from entrepot.model.sources import Citation


@dataclass(slots=True)
class Sources:
    """The sources that a page cites, numbered in the order of their first mention."""

    numbers: dict[str, int] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, citations: Iterable[Citation]) -> list[dict[str, Any]]:
        """Each row of law that was applied: its file and line, its dates, its trust and its sources."""
        rows: dict[str, dict[str, Any]] = {}
        for citation in citations:
            row = rows.setdefault(
                citation.row, {"where": citation.row, "dates": period(citation.since, citation.until), "sources": []}
            )
            row["trust"] = citation.trust
            row["sources"].append(self._source(citation))
        return list(rows.values())

    def _source(self, each: Citation) -> dict[str, Any]:
        if each.source not in self.numbers:
            self.numbers[each.source] = len(self.numbers) + 1
            self.entries.append(source_entry(self.numbers[each.source], each))
        return self.entries[self.numbers[each.source] - 1]


def source_entry(number: int, source: Any) -> dict[str, Any]:
    """A source for a page; `source` is any object with `authority`, `title`, `number`, `dated`, `read` and `url`."""
    details = [source.number or ""]
    if source.dated:
        details.append(_("of {day}").format(day=translate.day(source.dated)))
    details.append(_("read on {day}").format(day=translate.day(source.read)) if source.read else _("not read"))
    return {
        "n": number,
        "authority": "" if source.authority == "none" else pack_text(source.authority),
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
