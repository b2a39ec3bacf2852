"""schedules: official schedules that are kept: what each holds, and how an administrator adds one or takes it away."""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict

from entrepot import app
from entrepot.language import translate
from entrepot.language.translate import N_, _, number, plural
from entrepot.law.layers import Layer, data_folder
from entrepot.model import literals
from entrepot.model.codes import day_of
from entrepot.model.errors import EntrepotError, PackError, ScheduleError
from entrepot.schedules import formats, report
from entrepot.schedules.install import Kept, Lying, keep, lying
from entrepot.schedules.install import remove as taken_away
from entrepot.schedules.parsed import Asked, Reading, Unread
from entrepot.web.process import reload_law

#: So many faults are shown; a file of another kind has one for each of its rows. So many cells that were not read.
FAULTS, CELLS = 20, 10
HOW = {
    "added": N_("The schedule was added"),
    "replaced": N_("The schedule took the place of another"),
    "there": N_("The schedule is there already; nothing was changed"),
}
#: What Entrepot's own formats are, for the reader's language; `schedule.formats` says it in English alone.
FORMATS = {
    "jp": N_("Japan's table of 32 columns"),
    "us": N_("the export of the USITC, CSV or JSON"),
    "gb": N_("commodity documents of the UK Trade Tariff API, JSON"),
    "wits": N_("a bulk download of WITS/TRAINS, CSV"),
    "plain": N_("a plain CSV"),
}


def format_name(name: str) -> str:
    """What a format is: in the reader's language, or as the package that brings it says."""
    return _(FORMATS[name]) if name in FORMATS else formats.known().formats[name].says


class Shown(NamedTuple):
    """A schedule as the page shows it. `fault`: what keeps it from being one."""

    pack: str
    id: str
    title: str = ""
    authority: str = ""
    url: str = ""
    spell: str = ""
    age: str = ""
    trust: str = ""
    lines: str = ""
    exact: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()
    fault: str = ""


class Added(NamedTuple):
    """What came of a schedule that was handed in."""

    how: str
    schedule: Shown
    format: str
    unread: list[Unread]
    more: str


class NotKept(Exception):
    """A schedule is not kept: why, and the faults of it, of which there may be more than are shown."""

    def __init__(self, says: str, faults: Sequence[str] = (), more: int = 0) -> None:
        super().__init__(says)
        self.says, self.faults, self.more = says, faults, more


def kept(today: dt.date, pack: str | None = None) -> list[Shown]:
    """The schedules that are kept, of one pack or of all."""
    return [shown(each, today) for each in lying(data_folder(), [pack] if pack else app.library().ids())]


def shown(lain: Lying, today: dt.date) -> Shown:
    """A schedule as the page shows it."""
    if lain.layer is None:
        return Shown(lain.pack, lain.id, fault=lain.fault)
    return _of(lain.layer, today)


def _of(layer: Layer, today: dt.date) -> Shown:
    head, source, counted = layer.head, layer.sources.get("schedule"), layer.counts
    spell = _("from {since} until {until}") if head.until else _("since {since}")
    cells = counted.get("cells", 0)
    exact = report.exact(counted)
    url = (source.url if source else None) or ""
    return Shown(
        pack=head.pack,
        id=head.id,
        title=head.title,
        authority=source.authority if source else "",
        url=url if url.startswith(("https://", "http://")) else "",
        spell=spell.format(since=translate.day(str(head.since)), until=translate.day(str(head.until))),
        age=aged(head.since, today),
        trust=head.trust,
        lines=number(str(counted.get("lines", 0))),
        exact=f"{number(str(exact))} ({report.percent(exact, cells)}\xa0%)",
        text=number(str(cells - exact)),
        notes=tuple(head.notes),
    )


def aged(since: dt.date, today: dt.date) -> str:
    """How old something is, in words."""
    days = (today - since).days
    return plural(days, "{n} day old", "{n} days old") if days >= 0 else ""


def added(request: HttpRequest, today: dt.date) -> Added:
    """Adds a schedule as `entrepot schedule add` does. Raises NotKept."""
    data = data_folder()
    files = request.FILES.getlist("files")
    if getattr(request, "too_large", False):
        raise NotKept(_("The file is larger than {n} MB.").format(n=settings.TABLE_BYTES >> 20))
    if not files or data is None:
        raise NotKept(_("Choose a file first."))
    try:
        done, reading, named = _kept(request.POST, files, data)
    except PackError as error:
        faults = [str(fault) for fault in error.faults]
        raise NotKept(_("The schedule has faults; nothing was kept"), faults[:FAULTS], len(faults) - FAULTS) from None
    except (ScheduleError, EntrepotError) as error:
        raise NotKept(translate.told(error)) from None
    reload_law.reload_if_changed()
    app.library.cache_clear()
    unread = reading.unread
    more = _("… and {n} more").format(n=number(str(len(unread) - CELLS))) if len(unread) > CELLS else ""
    return Added(_(HOW[done.how]), _of(done.layer, today), format_name(named), unread[:CELLS], more)


def _kept(given: QueryDict, files: Sequence[UploadedFile[Any]], data: Path) -> tuple[Kept, Reading, str]:
    """Reads, checks and keeps; the files themselves are not kept."""
    pack = given.get("pack", "")
    if pack not in app.library().ids():
        raise ScheduleError(f"There is no pack {pack[:40]!r}.", "pack")
    root = Path(settings.FILE_UPLOAD_DIR)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix="schedule-") as folder:
        paths = [_put(Path(folder), place, file) for place, file in enumerate(files)]
        asked = Asked(
            pack=pack,
            since=_day(given.get("since", ""), "since"),
            until=_day(given.get("until", ""), "until"),
            id=given.get("id", "").strip() or None,
        )
        named = formats.format_of(paths, pack, given.get("format") or None)
        reading = _sourced(formats.read(paths, asked, named), given)
        return keep(reading, data, app.library().check, replace="replace" in given), reading, named


def _put(folder: Path, place: int, file: UploadedFile[Any]) -> Path:
    """A file that was handed in; of its name only letters, digits and a few signs stay: some say their day there."""
    own = (file.name or "").replace("\\", "/").rpartition("/")[2]
    inside = folder / str(place)
    inside.mkdir()
    path = inside / (re.sub(r"[^A-Za-z0-9._-]", "_", own)[-80:].lstrip(".") or "schedule")
    with path.open("wb") as stream:
        for chunk in file.chunks():
            stream.write(chunk)
    return path


def _day(text: str, name: str) -> dt.date | None:
    if not text.strip():
        return None
    if (day := day_of(text.strip())) is None:
        raise ScheduleError(str(literals.not_a_date(text.strip())), name)
    return day


def _sourced(reading: Reading, given: QueryDict) -> Reading:
    """The reading, its source called as the administrator says."""
    given_of = {name: given.get(name, "").strip()[:300] for name in ("title", "authority", "url")}
    said = {name: text for name, text in given_of.items() if text}
    if not said.get("url", "https://").startswith(("https://", "http://")):
        raise ScheduleError("An address begins with https:// or http://.", "url")
    if not said:
        return reading
    return msgspec.structs.replace(reading, source=msgspec.structs.replace(reading.source, **said))


def removed(pack: str, name: str) -> bool:
    """Takes a schedule away; whether there was one."""
    found = [each for each in lying(data_folder(), app.library().ids()) if (each.pack, each.id) == (pack, name)]
    for each in found:
        taken_away(each)
    reload_law.reload_if_changed()
    app.library.cache_clear()
    return bool(found)
