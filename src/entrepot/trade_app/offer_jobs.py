"""Import uploaded offers in the background: each row is a transaction of the ledger, so a large file takes a while."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.conf import settings

from entrepot.model.errors import TableError
from entrepot.store import background
from entrepot.store.background import Failed
from entrepot.trade_app.books import open_books
from entrepot.trade_app.offer_import import import_offers
from entrepot.trade_app.quotes import NodeQuotes

#: Bytes of a file, and faults that are kept with a job.
MAX_BYTES, MAX_FAULTS = 5 << 20, 100
SUFFIXES = (".csv", ".xlsx")
JOB = "import_offers"


def start(seller: str, name: str, pieces: Iterable[bytes]) -> str:
    """Store an uploaded file and queue its import. Returns the id of the job. Raises ValueError for another kind."""
    suffix = Path(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(suffix)
    folder = _folder()
    file = folder / f"{secrets.token_hex(16)}{suffix}"
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
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as copies:
            for row in import_offers(open_books(), path, Path(copies), NodeQuotes().decimals, seller=seller):
                count += row.fault is None
                wrong += row.fault is not None
                if row.fault is not None and len(faults) < MAX_FAULTS:
                    faults.append({"row": row.row, "code": row.fault.code, "message": row.fault.message})
    except TableError as error:
        faults, wrong = [{"row": 0, "code": "file", "message": str(error).replace(str(path), path.suffix)}], 1
    path.unlink(missing_ok=True)
    return {"seller": seller, "offers": count, "wrong": wrong, "faults": faults}


def _folder() -> Path:
    folder = Path(settings.DATA) / "offer-files"
    folder.mkdir(exist_ok=True)
    return folder
