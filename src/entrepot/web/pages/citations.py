"""citing: the law behind figures on a page: each row with its dates and trust, each source numbered and told once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from entrepot.language import translate
from entrepot.language.translate import _, label, of_pack
from entrepot.model.sources import Citation


@dataclass(slots=True)
class Sources:
    """The sources that a page cites, numbered in the order of their first mention."""

    numbers: dict[str, int] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, citations: Iterable[Citation]) -> list[dict[str, Any]]:
        """Each row of law that decided: where it stands, since when, how far it can be trusted, what it rests on."""
        rows: dict[str, dict[str, Any]] = {}
        for each in citations:
            row = rows.setdefault(each.row, {"where": each.row, "dates": dates(each.since, each.until), "sources": []})
            row["trust"] = each.trust
            row["sources"].append(self._source(each))
        return list(rows.values())

    def _source(self, each: Citation) -> dict[str, Any]:
        if each.source not in self.numbers:
            self.numbers[each.source] = len(self.numbers) + 1
            self.told.append(source(self.numbers[each.source], each))
        return self.told[self.numbers[each.source] - 1]


def source(number: int, each: Any) -> dict[str, Any]:
    """A source as a page tells it: whatever has `authority`, `title`, `number`, `dated`, `read` and `url`."""
    beside = [each.number or ""]
    if each.dated:
        beside.append(_("of {day}").format(day=translate.day(each.dated)))
    beside.append(_("read on {day}").format(day=translate.day(each.read)) if each.read else _("not read"))
    return {
        "n": number,
        "authority": "" if each.authority == "none" else of_pack(each.authority),
        "title": of_pack(each.title),
        "beside": " · ".join(filter(None, beside)),
        # An address of a pack is shown as a link only where it is one of the web.
        "url": each.url if str(each.url or "").startswith(("https://", "http://")) else "",
    }


def dates(since: str, until: str | None) -> str:
    """Since when something is in force, and until when."""
    if until:
        return _("from {since} until {until}").format(since=translate.day(since), until=translate.day(until))
    return _("since {since}").format(since=translate.day(since))


def layers(used: Iterable[Any], title: str) -> list[str]:
    """The schedules and overlays that lie over the law, each with its vintage and its trust."""
    said = {"schedule": _("Schedule of {place}, {id}, {trust}"), "overlay": _("overlay {id}, {trust}")}
    place = translate.place_of_law(title)
    return [said[each.kind].format(place=place, id=each.id, trust=label(each.trust)) for each in used]
