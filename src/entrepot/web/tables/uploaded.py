"""handed: tables that were handed in: whose they are, where their files lie, and how long they stay.

Of a file only what is in it is kept: it lies under the job's id, drawn by chance, and never under its own name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from entrepot.batch import facade
from entrepot.language.translate import _, told
from entrepot.model.errors import TableError, TableTooLarge
from entrepot.store.models import Job
from entrepot.web.http.proxies import address_of

#: So long a table stays, and so long one of which nobody has said what its columns give.
LIFETIME, UNMAPPED_LIFETIME = dt.timedelta(days=7), dt.timedelta(hours=12)
#: So many tables stay of one browser; and so many of one address, with no more than a share of the room: a browser is
#: new as often as somebody likes.
EACH, OF_ADDRESS, SHARE = 20, 100, 4
#: States: the columns are to be mapped; it waits for its turn; it is worked on; it is answered; it could not be.
MAPPING, WAITING, WORKING, DONE, FAILED = "mapping", "waiting", "working", "done", "failed"
#: Kinds of tables by the ends of their names, and how the file is called here.
KINDS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".parquet": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_ID = re.compile(r"[0-9a-f]{32}")


def owner_of(request: HttpRequest, *, make: bool = False) -> str | None:
    """Who asks, as a job remembers it: the user, else the session of the browser; `make`: begins one where none is."""
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    if make and not request.session.session_key:
        request.session.create()
    key = request.session.session_key
    # The key of a session opens it: it is not written down anywhere else.
    return None if key is None else "session " + hashlib.sha256(f"job {key}".encode()).hexdigest()


def address_hash(request: HttpRequest) -> str:
    """From where a table comes, as a job remembers it: the address itself is not written down."""
    return salted_hmac("entrepot.desk.handed", address_of(request), algorithm="sha256").hexdigest()


def jobs_of(request: HttpRequest) -> QuerySet[Job]:
    """The jobs of whoever asks, the newest first."""
    owner = owner_of(request)
    found = Job.objects.filter(options__owner=owner) if owner else Job.objects.none()
    return found.order_by("-created")


def find_job(request: HttpRequest, number: str) -> Job:
    """A job of whoever asks. Raises Http404: of other people's nothing is said."""
    owner = owner_of(request)
    job = Job.objects.filter(id=number).first() if _ID.fullmatch(number) and owner else None
    if job is None or job.options.get("owner") != owner:
        raise Http404
    return job


def job_folder(job: str) -> Path:
    """Where the files of a job lie."""
    if not _ID.fullmatch(job):
        raise ValueError(job)
    return Path(settings.FILE_UPLOAD_DIR) / job


def source_file(job: Job) -> Path:
    """The file that was handed in."""
    return job_folder(job.id) / f"table.{job.options['kind']}"


def result_file(job: Job) -> Path:
    """The file of the answers."""
    return job_folder(job.id) / "answer.parquet"


def store_upload(request: HttpRequest, file: UploadedFile[Any]) -> Job:
    """A table that is handed in: its file, and what its head looks like. Raises TableError."""
    name = display_name(file.name or "")
    kind = KINDS.get(Path(name).suffix.lower())
    if kind is None:
        raise TableError(_("The name of a table ends in .csv, .tsv, .xlsx, .parquet or .jsonl."))
    if jobs_of(request).count() >= EACH:
        raise TableError(_("There are {n} tables of yours already: delete one first.").format(n=EACH))
    size, place = file.size or 0, address_hash(request)
    sizes = [job.options.get("size", 0) for job in Job.objects.filter(options__place=place)]
    if len(sizes) >= OF_ADDRESS or sum(sizes) + size > max(settings.TABLE_BYTES, settings.TABLES_BYTES // SHARE):
        raise TableError(_("There are many tables from your address already: delete one, or come back later."))
    if _held() + size > settings.TABLES_BYTES:
        raise TableError(_("There is no room for another table just now: come back later."))
    job = Job(id=secrets.token_hex(16), created=timezone.now(), name=name, state=MAPPING)
    there = job_folder(job.id)
    there.mkdir(parents=True, mode=0o700)
    try:
        path = there / f"table.{kind}"
        with path.open("wb") as stream:
            for chunk in file.chunks():
                stream.write(chunk)
        names, rows, suggested = facade.preview_file(path, "csv" if kind == "tsv" else kind, settings.TABLE_ROWS)
        said = {"kind": kind, "columns": names, "head": rows, "suggested": suggested}
        job.options = {"owner": owner_of(request, make=True), "place": place, "size": size, **said}
        job.save(force_insert=True)
    except TableTooLarge as error:
        shutil.rmtree(there, ignore_errors=True)
        raise TableError(told(error)) from None
    except TableError as error:
        shutil.rmtree(there, ignore_errors=True)
        raise TableError(hide_paths(str(error), job)) from None
    except BaseException:
        shutil.rmtree(there, ignore_errors=True)
        raise
    return job


def hide_paths(text: str, job: Job) -> str:
    """A text that calls the file by the name it came with, and says nothing of where it lies."""
    return re.sub(re.escape(str(job_folder(job.id))) + r"[^\s:,]*", job.name, text)


def display_name(name: str) -> str:
    r"""A name of a file to be shown: no folders, nothing that cannot be read, not too long.

    >>> display_name("../../etc/pass\x00wd.csv")
    'passwd.csv'
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in last if sign.isprintable()).strip() or "table"
    stem, dot, end = plain.rpartition(".")
    return f"{stem[:120]}{dot}{end[:10]}"


def storage_full() -> bool:
    """Whether all tables and their answers take more of the disk than they may."""
    return _held() > settings.TABLES_BYTES


def job_size(job: Job) -> int:
    """The bytes that a job takes of the disk: its table and its answer."""
    return _size(job_folder(job.id))


def _held() -> int:
    """How many bytes all tables take, with their answers and the parts that are being written."""
    return _size(Path(settings.FILE_UPLOAD_DIR))


def _size(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) if root.is_dir() else 0


def enqueue_job(job: Job, mapping: Mapping[str, str | None], constants: Mapping[str, str], *, explain: bool) -> None:
    """Puts a job in the row of those that wait. `today`: the day of the law for rows without a date stays that day."""
    asked = {"mapping": dict(mapping), "constants": dict(constants), "explain": explain}
    job.options = {**job.options, **asked, "today": timezone.localdate().isoformat(), "faults": {}, "told": None}
    job.state, job.rows, job.share, job.fault, job.beat = WAITING, 0, 0.0, "", None
    result_file(job).unlink(missing_ok=True)
    job.save()


def delete_job(job: Job) -> None:
    """Takes a job and its files away."""
    Job.objects.filter(id=job.id).delete()
    shutil.rmtree(job_folder(job.id), ignore_errors=True)


def delete_expired_jobs() -> None:
    """Takes away what is older than it is kept, and files that no job has."""
    now = timezone.now()
    old_ones = Q(created__lt=now - LIFETIME) | Q(created__lt=now - UNMAPPED_LIFETIME, state=MAPPING)
    for job in Job.objects.filter(old_ones).exclude(state=WORKING):
        delete_job(job)
    old = time.time() - LIFETIME.total_seconds()
    root = Path(settings.FILE_UPLOAD_DIR)
    for path in root.iterdir() if root.is_dir() else ():
        if path.stat().st_mtime < old and not Job.objects.filter(id=path.name).exists():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
