"""The pages of tables: upload a spreadsheet, name its columns, and download the result."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from entrepot import app
from entrepot.batch import facade
from entrepot.language.translate import N_, _, error_text, number, plural
from entrepot.model.errors import TableError, TableTooLarge
from entrepot.store import jobs
from entrepot.web.http.errors import Refused
from entrepot.web.http.proxies import address_of
from entrepot.web.pages import column_form, page_limit, table_checks
from entrepot.web.pages.corrections import organization_of
from entrepot.web.tables import uploaded, worker
from entrepot.web.tables.slots import Slot, SlotResponse

if TYPE_CHECKING:
    from entrepot.store.models import Job

#: Media types of the files to download.
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
#: The files to download: all rows, and those with faults.
PARTS = {"answer": tuple(MEDIA_TYPES), "faults": ("csv", "xlsx")}
#: Bytes of a file that are sent in one chunk.
CHUNK_BYTES = 64 << 10
#: Uploads a minute from one address: the server reads the head of each table before it responds.
TABLES_PER_MINUTE = 30
STATES = {
    jobs.MAPPING: N_("waiting for its columns to be assigned"),
    jobs.WAITING: N_("queued"),
    jobs.WORKING: N_("in progress"),
    jobs.DONE: N_("done"),
    jobs.FAILED: N_("not processed"),
}
#: Messages of errors that are not in the table.
FAULTS = {
    worker.UNFORESEEN: N_("The server failed to answer this request. The error was logged."),
    worker.DISK_FULL: N_("The disk of the server is full. Try again later."),
}
#: Classes of the stylesheet for states that have one of another name.
STYLES = {jobs.WORKING: "running"}


@never_cache
@require_http_methods(["GET", "POST"])
def tables(request: HttpRequest, language: str) -> HttpResponseBase:
    """The tables of this browser, and the form to upload another one."""
    fault, status = "", 200
    if request.method == "POST":
        file = request.FILES.get("table")
        try:
            if getattr(request, "too_large", False):
                raise TableError(_("The file is larger than {n} MB.").format(n=settings.TABLE_BYTES >> 20))
            if file is None:
                raise TableError(_("Choose a file first."))
            page_limit.count_action(request, "tables", TABLES_PER_MINUTE)
            job = uploaded.store_upload(request, file)
            if "corrected" in request.POST and uploaded.enqueue_corrected(job, organization_of(request)):
                worker.wake()
        except Refused as refused:
            return page_limit.too_many_page(request, refused)
        except TableError as error:
            fault, status = str(error), 422
        else:
            return HttpResponseRedirect(f"/{language}/batch/{job.id}/")
    entries = [{"id": job.id, "name": job.name, "created": job.created.date().isoformat(), **_state(job)}
            for job in uploaded.jobs_of(request)]  # fmt: skip
    hint = _(
        "Up to {n} MB. Only visible to you, in this browser; deleted after {days} days, or after {hours} "
        "hours if its columns were not assigned."
    )
    context = {"jobs": entries, "fault": fault, "most": settings.TABLE_BYTES, "explanations": facade.explanations()}
    context["hint"] = hint.format(
        n=settings.TABLE_BYTES >> 20, days=uploaded.LIFETIME.days, hours=uploaded.UNMAPPED_LIFETIME.seconds // 3600
    )
    return render(request, "batch.html", context, status=status)


def _state(job: Job) -> dict[str, Any]:
    """The state and the progress of a job, for its page."""
    faults = sum(job.options.get("faults", {}).values())
    return {
        "state": job.state,
        "look": STYLES.get(job.state, job.state),
        "says": _(STATES[job.state]),
        "rows": plural(job.rows, "{n} row", "{n} rows") if job.rows else "",
        "share": f"{job.share:.3f}",
        "percent": f"{number(str(int(job.share * 100)))}\xa0%",
        "faulty": plural(faults, "{n} row has an error", "{n} rows have errors") if faults else "",
    }


@never_cache
@require_http_methods(["GET", "POST"])
def table_page(request: HttpRequest, language: str, job_id: str) -> HttpResponse:
    """One table: how its file is read, the form of its columns, its progress, or its result."""
    job = uploaded.find_job(request, job_id)
    fault = ""
    if request.method == "POST":
        try:
            _act(request, job)
        except TableError as error:
            fault = error_text(error)
        else:
            here = "#t-check" if "check" in request.POST else ""
            return HttpResponseRedirect(f"/{language}/batch/{job.id}/{here}")
    form = request.POST if fault and "read" not in request.POST else None
    context = _table_context(request, job, form, fault)
    return render(request, "table.html", context, status=422 if fault else 200)


def _act(request: HttpRequest, job: Job) -> None:
    """Does what a button of the page of a table asks. Raises TableError."""
    if job.state == jobs.WORKING or (job.state == jobs.WAITING and {"read", "check"} & set(request.POST)):
        raise TableError(_("This table is in progress. Wait until it is complete."))
    if "read" in request.POST:
        header = {"yes": True, "no": False}.get(request.POST.get("header", ""))
        encoding, sheet = (request.POST.get(name, "")[:100] for name in ("encoding", "sheet"))
        uploaded.read_again(job, encoding=encoding, header=header, sheet=sheet)
        return
    table_checks.require_rows(job)
    if "check" in request.POST:
        table_checks.choose(job, request.POST)
        return
    mapping, constants = column_form.read_mapping(job, request.POST)
    explain, organization = "explain" in request.POST, organization_of(request)
    uploaded.enqueue_job(job, mapping, constants, explain=explain, organization=organization)
    worker.wake()


def _table_context(request: HttpRequest, job: Job, form: QueryDict | None, fault: str) -> dict[str, Any]:
    """The template variables of the page of a table."""
    failed = _(FAULTS[job.fault]) if job.fault in FAULTS else job.fault
    if (too_large := job.options.get("told")) is not None:
        failed = error_text(TableTooLarge(too_large["text"], **too_large["values"]))
    busy = job.state in (jobs.WAITING, jobs.WORKING)
    check = None
    if not busy and not fault and (job.state != jobs.DONE or job.options.get("draft")):
        try:
            check = table_checks.check_of(job, organization_of(request))
        except TableError as error:
            fault = uploaded.hide_paths(error_text(error), job)
    return {
        "job": job,
        "told": _state(job),
        "fault": fault,
        "failed": failed,
        "busy": busy,
        "chosen": job.options.get("chosen", True),
        "samples": table_checks.samples_of(job),
        "sheets": job.options.get("sheets", ()),
        "reading": uploaded.reading_of(job),
        "notes": table_checks.reading_notes(job),
        "of_names": job.options["kind"] in ("csv", "tsv", "xlsx"),
        "check": check,
        "columns": column_form.column_fields(job, form),
        "same": column_form.constant_fields(job, form),
        "explain": bool((job.options.get("draft") or job.options).get("explain")),
        "groups": table_checks.group_rows(job.options.get("summary", ())) or table_checks.codes_of(job),
        "missing": "" if fault else column_form.missing_text(*column_form.last_choices(job)),
        "more_kinds": table_checks.more_kinds(job),
        "said_in": job.options.get("language", "en"),
        "answers": list(MEDIA_TYPES),
        "most": settings.TABLE_BYTES,
        "draft": bool(job.options.get("draft")),
    }


@never_cache
@require_safe
def row_page(request: HttpRequest, language: str, job_id: str, number: int) -> HttpResponse:
    """One row of an answered table: its cells, its fault, and the form to correct it."""
    job = uploaded.find_job(request, job_id)
    row = facade.read_row(uploaded.result_file(job), number) if job.state == jobs.DONE else None
    if row is None:
        raise Http404
    mapping = column_form.last_choices(job)[0]
    at_fault = {name for name, field in mapping.items() if field and field == row["fault_field"]}
    own = [(name, row[name], name in at_fault) for name in job.options["columns"] if name in row]
    context = {
        "job": job,
        "number": number,
        "cells": own,
        "message": row["fault_message"],
        "said_in": job.options.get("language", "en"),
        "field": row["fault_field"],
        "query": urlencode(table_checks.quote_query(job, row)),
    }
    return render(request, "row.html", context)


@require_safe
def template(request: HttpRequest, language: str, kind: str) -> HttpResponse:  # as all pages
    """A table to fill in."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    response = HttpResponse(facade.template(kind), content_type=MEDIA_TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="entrepot-template.{kind}"'
    return response


@never_cache
@require_safe
def progress(request: HttpRequest, language: str, job_id: str) -> HttpResponse:
    """The progress of a table as JSON, for the script of its page."""
    state = _state(uploaded.find_job(request, job_id))
    return JsonResponse({name: state[name] for name in ("state", "says", "rows", "share", "percent")})


@require_POST
def delete_table(request: HttpRequest, language: str, job_id: str) -> HttpResponse:
    """Deletes a table and its result."""
    uploaded.delete_job(uploaded.find_job(request, job_id))
    return HttpResponseRedirect(f"/{language}/batch/")


@never_cache
@require_safe
def download(request: HttpRequest, language: str, job_id: str, part: str, kind: str) -> HttpResponseBase:
    """The result as a file: its part `answer`, or `faults`, only the rows with faults, to be mended."""
    job = uploaded.find_job(request, job_id)
    file = uploaded.result_file(job)
    faults = part == "faults"
    if part not in PARTS or kind not in PARTS[part] or job.state != jobs.DONE or not file.is_file():
        raise Http404
    stem = job.name.rpartition(".")[0] or "table"
    named = (
        content_disposition_header(as_attachment=True, filename=f"{stem}-{'errors' if faults else 'answered'}.{kind}")
        or "attachment"
    )
    slot = Slot(f"page {address_of(request)}", work=False)
    if not slot.acquire():
        return page_limit.wait_page(request)
    try:
        pieces: Iterator[bytes] = (
            _chunks(file)
            if kind == "parquet"
            else facade.download(file, kind, job.options["mapping"], app.library().world.decimals, faults=faults)
        )
        first = next(pieces)  # an error in making the file is raised before anything is sent
    except TableError as error:
        slot.release()
        context = {"title": _("This format cannot be downloaded"), "says": error_text(error)}
        return render(request, "error.html", {**context, "back": f"/{language}/batch/{job.id}/"}, status=422)
    except BaseException:
        slot.release()
        raise
    response = StreamingHttpResponse(SlotResponse(first, pieces, slot), content_type=MEDIA_TYPES[kind])
    if kind == "parquet":
        response["Content-Length"] = str(file.stat().st_size)
    response["Content-Disposition"] = named
    return response


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


urlpatterns: list[URLPattern] = [
    path("batch/", tables),
    path("batch/template.<str:kind>", template),
    path("batch/<str:job_id>/", table_page),
    path("batch/<str:job_id>/progress.json", progress),
    path("batch/<str:job_id>/delete", delete_table),
    path("batch/<str:job_id>/row/<int:number>/", row_page),
    path("batch/<str:job_id>/<str:part>.<str:kind>", download),
]
