"""Installed official schedules: list them for a page, and add or remove one for an administrator."""

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
from entrepot.model.errors import EntrepotError, PackError, ScheduleError, in_quotes
from entrepot.schedules import formats, report
from entrepot.schedules.install import Installed, InstalledSchedule, find_installed, install
from entrepot.schedules.install import remove as taken_away
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions, UnreadCell
from entrepot.web.process import reload_law

#: Faults, and cells that were not read, that are shown at most; a file in the wrong format has a fault in every row.
MAX_FAULTS, MAX_CELLS = 20, 10
RESULTS = {
    "added": N_("Schedule installed"),
    "replaced": N_("Schedule replaced"),
    "there": N_("This schedule is already installed; nothing changed"),
}
#: Descriptions of the built-in formats, to be translated; those in `schedules.formats` are in English.
FORMATS = {
    "jp": N_("Japan's table of 32 columns"),
    "us": N_("the export of the USITC, CSV or JSON"),
    "gb": N_("commodity documents of the UK Trade Tariff API, JSON"),
    "wits": N_("a bulk download of WITS/TRAINS, CSV"),
    "plain": N_("a plain CSV"),
}


def format_name(name: str) -> str:
    """The description of a format: translated, or as written in the package that provides it."""
    return _(FORMATS[name]) if name in FORMATS else formats.installed_formats().formats[name].says


class ScheduleView(NamedTuple):
    """A schedule as the page shows it. `fault`: why it cannot be read."""

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


class AddedSchedule(NamedTuple):
    """The result of adding a schedule."""

    how: str
    schedule: ScheduleView
    format: str
    unread: list[UnreadCell]
    more: str


class NotInstalled(Exception):
    """A schedule was not installed: the message, the first faults, and how many more there are."""

    def __init__(self, says: str, faults: Sequence[str] = (), more: int = 0) -> None:
        super().__init__(says)
        self.says, self.faults, self.more = says, faults, more


def installed_schedules(today: dt.date, pack: str | None = None) -> list[ScheduleView]:
    """The installed schedules, of one pack or of all."""
    return [
        schedule_view(each, today) for each in find_installed(data_folder(), [pack] if pack else app.library().ids())
    ]


def schedule_view(schedule: InstalledSchedule, today: dt.date) -> ScheduleView:
    """A schedule as the page shows it."""
    if schedule.layer is None:
        return ScheduleView(schedule.pack, schedule.id, fault=schedule.fault)
    return _layer_view(schedule.layer, today)


def _layer_view(layer: Layer, today: dt.date) -> ScheduleView:
    head, source, counts = layer.head, layer.sources.get("schedule"), layer.counts
    period = _("from {since} until {until}") if head.until else _("since {since}")
    cells = counts.get("cells", 0)
    exact = report.exact_count(counts)
    url = (source.url if source else None) or ""
    return ScheduleView(
        pack=head.pack,
        id=head.id,
        title=head.title,
        authority=source.authority if source else "",
        url=url if url.startswith(("https://", "http://")) else "",
        spell=period.format(since=translate.day(str(head.since)), until=translate.day(str(head.until))),
        age=age_text(head.since, today),
        trust=head.trust,
        lines=number(str(counts.get("lines", 0))),
        exact=f"{number(str(exact))} ({report.percent(exact, cells)}\xa0%)",
        text=number(str(cells - exact)),
        notes=tuple(head.notes),
    )


def age_text(since: dt.date, today: dt.date) -> str:
    """The age in days, in words; empty for a day in the future."""
    days = (today - since).days
    return plural(days, "{n} day old", "{n} days old") if days >= 0 else ""


def add_schedule(request: HttpRequest, today: dt.date) -> AddedSchedule:
    """Adds a schedule as `entrepot schedule add` does. Raises NotInstalled."""
    data = data_folder()
    files = request.FILES.getlist("files")
    if getattr(request, "too_large", False):
        raise NotInstalled(_("The file is larger than {n} MB.").format(n=settings.TABLE_BYTES >> 20))
    if not files or data is None:
        raise NotInstalled(_("Choose a file first."))
    try:
        installed, reading, format_ = _install(request.POST, files, data)
    except PackError as error:
        faults = [str(fault) for fault in error.faults]
        raise NotInstalled(
            _("The schedule has errors; nothing was installed"), faults[:MAX_FAULTS], len(faults) - MAX_FAULTS
        ) from None
    except formats.UnknownFormatError as error:
        text = _("The format of {file} was not recognized. Choose it; a plain CSV has the columns {columns}.")
        raise NotInstalled(text.format(file=error.file, columns="goods, treatment, rate")) from None
    except (ScheduleError, EntrepotError) as error:
        raise NotInstalled(translate.error_text(error)) from None
    reload_law.reload_if_changed()
    app.library.cache_clear()
    unread = reading.unread
    more = _("… and {n} more").format(n=number(str(len(unread) - MAX_CELLS))) if len(unread) > MAX_CELLS else ""
    return AddedSchedule(
        _(RESULTS[installed.how]), _layer_view(installed.layer, today), format_name(format_), unread[:MAX_CELLS], more
    )


def _install(form: QueryDict, files: Sequence[UploadedFile[Any]], data: Path) -> tuple[Installed, ParsedSchedule, str]:
    """Reads, checks and installs the schedule; the uploaded files themselves are deleted."""
    pack = form.get("pack", "")
    if pack not in app.library().ids():
        raise ScheduleError(f"Pack {in_quotes(pack[:40])} does not exist.", "pack")
    root = Path(settings.FILE_UPLOAD_DIR)
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix="schedule-") as folder:
        paths = [_store_file(Path(folder), index, file) for index, file in enumerate(files)]
        options = ReadOptions(
            pack=pack,
            since=_day(form.get("since", ""), "since"),
            until=_day(form.get("until", ""), "until"),
            id=form.get("id", "").strip() or None,
        )
        format_ = formats.format_of(paths, pack, form.get("format") or None)
        reading = _with_source(formats.read(paths, options, format_), form)
        return install(reading, data, app.library().check, replace="replace" in form), reading, format_


def _store_file(folder: Path, index: int, file: UploadedFile[Any]) -> Path:
    """Stores an uploaded file; its name keeps only safe characters, because some names contain the schedule's date."""
    name = (file.name or "").replace("\\", "/").rpartition("/")[2]
    directory = folder / str(index)
    directory.mkdir()
    path = directory / (re.sub(r"[^A-Za-z0-9._-]", "_", name)[-80:].lstrip(".") or "schedule")
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


def _with_source(reading: ParsedSchedule, form: QueryDict) -> ParsedSchedule:
    """The reading, with the title, authority and address of its source that the administrator gave."""
    texts = {name: form.get(name, "").strip()[:300] for name in ("title", "authority", "url")}
    changes = {name: text for name, text in texts.items() if text}
    if not changes.get("url", "https://").startswith(("https://", "http://")):
        raise ScheduleError("A web address must start with https:// or http://.", "url")
    if not changes:
        return reading
    return msgspec.structs.replace(reading, source=msgspec.structs.replace(reading.source, **changes))


def remove_schedule(pack: str, id_: str) -> bool:
    """Removes a schedule; returns whether there was one."""
    matching = [
        each for each in find_installed(data_folder(), app.library().ids()) if (each.pack, each.id) == (pack, id_)
    ]
    for each in matching:
        taken_away(each)
    reload_law.reload_if_changed()
    app.library.cache_clear()
    return bool(matching)
