"""Uploaded tables: their owners, files, limits and lifetime.

A file is stored under the random id of its job, never under the name that the browser sent.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from entrepot.batch import facade
from entrepot.language import translate
from entrepot.language.translate import _, error_text
from entrepot.model.errors import TableError
from entrepot.store import jobs
from entrepot.web.http.proxies import address_of

if TYPE_CHECKING:
    from entrepot.store.models import Job

#: How long a table is stored, and how long one whose columns were never mapped.
LIFETIME, UNMAPPED_LIFETIME = dt.timedelta(days=7), dt.timedelta(hours=12)
#: The most tables of one browser, the most of one address, and the part of the disk space (one in so many) that the
#: tables of an address may use: a client can pose as a new browser at any time.
MAX_OF_BROWSER, MAX_OF_ADDRESS, SHARE = 20, 100, 4
#: The kind of a table by the extension of its name.
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
    """The owner of a request, as jobs store it: the user, else the session. `make`: start a session if needed."""
    if request.user.is_authenticated:
        return f"user {request.user.pk}"
    if make and not request.session.session_key:
        request.session.create()
    key = request.session.session_key
    # The key of a session gives access to it: only its hash is stored.
    return None if key is None else "session " + hashlib.sha256(f"job {key}".encode()).hexdigest()


def address_hash(request: HttpRequest) -> str:
    """The address of a client, as jobs store it: only its hash."""
    return salted_hmac("entrepot.desk.handed", address_of(request), algorithm="sha256").hexdigest()


def jobs_of(request: HttpRequest) -> list[Job]:
    """The jobs of the owner of a request, the newest first."""
    owner = owner_of(request)
    return jobs.jobs_of_owner(owner) if owner else []


def find_job(request: HttpRequest, number: str) -> Job:
    """A job of the owner of a request. Raises Http404, also for a job of another owner."""
    owner = owner_of(request)
    job = jobs.find_job(number) if _ID.fullmatch(number) and owner else None
    if job is None or job.options.get("owner") != owner:
        raise Http404
    return job


def job_folder(job: str) -> Path:
    """The folder with the files of a job."""
    if not _ID.fullmatch(job):
        raise ValueError(job)
    return Path(settings.FILE_UPLOAD_DIR) / job


def source_file(job: Job) -> Path:
    """The uploaded file."""
    return job_folder(job.id) / f"table.{job.options['kind']}"


def result_file(job: Job) -> Path:
    """The file with the results."""
    return job_folder(job.id) / "answer.parquet"


def store_upload(request: HttpRequest, file: UploadedFile[Any]) -> Job:
    """Store an uploaded table and read its first rows. Raises TableError."""
    name = display_name(file.name or "")
    kind = KINDS.get(Path(name).suffix.lower())
    if kind is None:
        raise TableError(_("The file name must end in .csv, .tsv, .xlsx, .parquet or .jsonl."))
    owner = owner_of(request)
    if owner and jobs.count_of_owner(owner) >= MAX_OF_BROWSER:
        raise TableError(_("You already have {n} tables. Delete one first.").format(n=MAX_OF_BROWSER))
    size, address = file.size or 0, address_hash(request)
    sizes = [job.options.get("size", 0) for job in jobs.jobs_from_address(address)]
    if len(sizes) >= MAX_OF_ADDRESS or sum(sizes) + size > max(settings.TABLE_BYTES, settings.TABLES_BYTES // SHARE):
        raise TableError(_("Too many tables from your address. Delete one, or try again later."))
    if _used_bytes() + size > settings.TABLES_BYTES:
        raise TableError(_("The server has no space for another table now. Try again later."))
    job = jobs.new_job(name)
    folder = job_folder(job.id)
    folder.mkdir(parents=True, mode=0o700)
    try:
        path = folder / f"table.{kind}"
        with path.open("wb") as stream:
            for chunk in file.chunks():
                stream.write(chunk)
        job.options = {"owner": owner, "place": address, "size": size, "kind": kind}
        contents = _prepared(job)
        earlier = _earlier_choices(owner, contents["columns"])
        jobs.insert_job(job, {**job.options, "owner": owner_of(request, make=True), **contents, **earlier})
    except TableError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise TableError(hide_paths(error_text(error), job)) from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return job


def read_again(job: Job, *, encoding: str = "", header: bool | None = None, sheet: str = "") -> None:
    """Read the file of a job in another way, as its user chose. Raises TableError; the job is then unchanged."""
    try:
        contents = _prepared(job, encoding=encoding, header=header, sheet=sheet)
    except TableError as error:
        raise TableError(hide_paths(error_text(error), job)) from None
    result_file(job).unlink(missing_ok=True)
    jobs.change_options(job, {**contents, **_earlier_choices(job.options["owner"], contents["columns"])})


def _prepared(job: Job, **choices: Any) -> dict[str, Any]:
    """The contents of a file as a job stores them: its columns, its first rows, and how it is read."""
    kind = job.options["kind"]
    language = translate.current_language()
    found = facade.prepare_file(
        source_file(job), "csv" if kind == "tsv" else kind, settings.TABLE_ROWS, language=language, **choices
    )
    names, rows = found.preview or ([], [])
    replaced = facade.earlier_answer(names)
    kept = [place for place, name in enumerate(names) if name not in replaced]
    names = [names[place] for place in kept]
    return {
        "columns": names,
        "head": [[row[place] for place in kept] for row in rows],
        "suggested": facade.suggest_fields(names),
        "reading": list(found.reading),
        "samples": [list(each) for each in found.samples],
        "chosen": found.preview is not None,
        "data": found.data,
        "sheets": list(found.sheets),
        "merged": list(found.merged),
        "replaced": bool(replaced),
        "draft": None,
        "check": None,
    }


def _earlier_choices(owner: str | None, names: list[str]) -> dict[str, Any]:
    """The fields that the owner last chose for a table with the same columns, to be offered again.

    The columns that a file of rows with errors adds do not count.
    """
    if owner and (own := _without_added(names)):
        for job in jobs.jobs_of_owner(owner):
            mapping = job.options.get("mapping")
            if mapping and _without_added(job.options.get("columns", ())) == own:
                chosen = {name: job.options.get(name) for name in ("constants", "explain")}
                return {"draft": {**chosen, "mapping": {name: mapping.get(name) for name in names}}}
    return {}


def _without_added(names: Sequence[str]) -> list[str]:
    return [name for name in names if name not in facade.MENDED_COLUMNS]


def reading_of(job: Job) -> facade.Reading:
    """How the file of a job is read."""
    return facade.Reading(*job.options.get("reading", ()))


def hide_paths(text: str, job: Job) -> str:
    """A message with the name that the browser sent in place of the path of the file."""
    return re.sub(re.escape(str(job_folder(job.id))) + r"[^\s:,]*", job.name, text)


def display_name(name: str) -> str:
    r"""A file name that can be shown: without folders and unprintable characters, and not too long.

    >>> display_name("../../etc/pass\x00wd.csv")
    'passwd.csv'
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(character for character in last if character.isprintable()).strip() or "table"
    stem, dot, end = plain.rpartition(".")
    return f"{stem[:120]}{dot}{end[:10]}"


def storage_full() -> bool:
    """Whether all tables and results use more disk space than allowed."""
    return _used_bytes() > settings.TABLES_BYTES


def job_size(job: Job) -> int:
    """The bytes that the table and the results of a job use on the disk."""
    return _bytes_in(job_folder(job.id))


def _used_bytes() -> int:
    """The bytes that all tables use, with their results and unfinished parts."""
    return _bytes_in(Path(settings.FILE_UPLOAD_DIR))


def _bytes_in(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) if root.is_dir() else 0


def enqueue_job(
    job: Job,
    mapping: Mapping[str, str | None],
    constants: Mapping[str, str],
    *,
    explain: bool,
    organization: str | None = None,
) -> None:
    """Let a job wait for a worker. Rows without a date get the law of the day on which this is called.

    `organization`: that for which it is calculated, and whose codes for descriptions are used.
    """
    options = {"mapping": dict(mapping), "constants": dict(constants), "explain": explain, "draft": None, "check": None}
    options["organization"] = organization
    options["language"] = translate.current_language()
    result_file(job).unlink(missing_ok=True)
    fresh = {"today": timezone.localdate().isoformat(), "faults": {}, "summary": [], "kinds": 0, "told": None}
    jobs.enqueue(job, {**options, **fresh})


def enqueue_corrected(job: Job, organization: str | None = None) -> bool:
    """Let a table with the columns of an earlier one wait for a worker, as that was calculated.

    False if there is no earlier one with these columns, or if it is open how the file is read.
    """
    draft = job.options.get("draft")
    if not draft or not job.options.get("chosen", True):
        return False
    explain = bool(draft["explain"])
    enqueue_job(job, draft["mapping"], draft["constants"] or {}, explain=explain, organization=organization)
    return True


def delete_job(job: Job) -> None:
    """Delete a job and its files."""
    jobs.delete_job(job.id)
    shutil.rmtree(job_folder(job.id), ignore_errors=True)


def delete_expired_jobs() -> None:
    """Delete expired jobs, and old files that belong to no job."""
    for job in jobs.expired_jobs(LIFETIME, UNMAPPED_LIFETIME):
        delete_job(job)
    oldest = time.time() - LIFETIME.total_seconds()
    root = Path(settings.FILE_UPLOAD_DIR)
    for path in root.iterdir() if root.is_dir() else ():
        if path.stat().st_mtime < oldest and not jobs.job_exists(path.name):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
