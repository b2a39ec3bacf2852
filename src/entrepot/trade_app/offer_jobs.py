"""Import uploaded offers in the background: each row is a transaction of the ledger, so a large file takes a while."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from entrepot.model.errors import TableError
from entrepot.store import background
from entrepot.store.background import Failed
from entrepot.trade.offer_form import fault_of
from entrepot.trade_app.books import open_books
from entrepot.trade_app.market import check_goods
from entrepot.trade_app.offer_import import import_offers
from entrepot.trade_app.offer_pictures import Fetching
from entrepot.trade_app.quotes import NodeQuotes

#: Bytes of a file, and faults that are kept with a job.
MAX_BYTES, MAX_FAULTS = 5 << 20, 100
SUFFIXES = (".csv", ".xlsx")
#: Imports of a seller that may wait at a time: they take disk, and other sellers' jobs wait behind them.
MAX_WAITING = 5
#: Seconds after which a file is deleted whose job has failed in every attempt.
LONGEST = 24 * 3600
JOB = "import_offers"


class TooManyWaiting(Exception):
    """A seller has MAX_WAITING imports that wait or run."""


def start(seller: str, name: str, pieces: Iterable[bytes]) -> str:
    """Store an uploaded file and queue its import. Returns the id of the job.

    Raises ValueError for another kind of file, and TooManyWaiting.
    """
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(suffix)
    folder = _folder()
    if len(_waiting(folder, seller)) >= MAX_WAITING:
        raise TooManyWaiting
    file = folder / f"{seller}-{secrets.token_hex(16)}{suffix}"
    with file.open("wb") as written:
        for piece in pieces:
            written.write(piece)
    return background.enqueue(JOB, file=file.name, seller=seller)


def run(file: str, seller: str) -> dict[str, Any]:
    """The job. Repeated after a kill it creates nothing twice; the file is deleted when it is done."""
    path = _folder() / Path(file).name
    if not path.exists():
        raise Failed("The file is not there any more.")
    faults: list[dict[str, Any]] = []
    count = wrong = 0
    fetching = Fetching(allow_loopback=settings.WEBHOOKS_LOOPBACK)
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as copies:
            rows = import_offers(
                open_books(), path, Path(copies), NodeQuotes().decimals, seller=seller, check=check_goods
            )
            for row in rows:
                count += row.fault is None
                wrong += row.fault is not None
                found = [row.fault] if row.fault is not None else []
                missing = [fault_of(each) for each in fetching.add(seller, row.offer, row.pictures)]
                wrong += bool(missing)
                told = [*found, *missing][: MAX_FAULTS - len(faults)]
                faults += [{"row": row.row, "code": each.code, "message": each.message} for each in told]
    except TableError as error:
        faults, wrong = [{"row": 0, "code": "file", "message": str(error).replace(str(path), path.suffix)}], 1
    path.unlink(missing_ok=True)
    return {"seller": seller, "offers": count, "wrong": wrong, "faults": faults}


def _waiting(folder: Path, seller: str) -> list[Path]:
    """The files of a seller; those that are left over are deleted."""
    found = []
    for file in folder.glob(f"{seller}-*"):
        with suppress(FileNotFoundError):  # its job is done
            if time.time() - file.stat().st_mtime > LONGEST:
                file.unlink()
            else:
                found.append(file)
    return found


def _folder() -> Path:
    folder = Path(settings.DATA) / "offer-files"
    folder.mkdir(exist_ok=True)
    return folder
