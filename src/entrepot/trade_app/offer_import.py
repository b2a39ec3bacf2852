"""Import offers from a CSV file or a workbook: each row is an offer; a row with a fault does not stop the others."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from entrepot.batch.formats.readers import open_source
from entrepot.batch.formats.reading import PLAIN, Reading, text_copy, workbook_copy
from entrepot.model.errors import TradeError, WordedTableError
from entrepot.trade.offer_form import OfferForm, RowFault, fault_of, fields_of, read_row
from entrepot.trade.offers import Offer, article_reference
from entrepot.trade.ports import Books, Transaction
from entrepot.trade.presenting import MAX_PICTURES
from entrepot.trade.selling import create_offer, owned_offer, update_offer, written_terms

#: The column with addresses of pictures.
PICTURES = "pictures"
#: Rows of a file at most.
MAX_ROWS = 20_000


class ImportedRow(NamedTuple):
    """What became of a row, counted from 1 below the names of the columns. `offer`: its id; or the fault.

    `pictures`: the addresses of pictures that the row names; they are not fetched here.
    """

    row: int
    offer: str
    fault: RowFault | None = None
    pictures: tuple[str, ...] = ()


def import_offers(
    books: Books,
    path: Path,
    folder: Path,
    decimals: Callable[[str], int | None],
    *,
    seller: str,
    check: Callable[[Offer], None] | None = None,
    reading: Reading = PLAIN,
    max_rows: int = MAX_ROWS,
) -> Iterator[ImportedRow]:
    """Import the offers of a file (`.csv` or `.xlsx`), row by row. Raises TableError if it cannot be read as a whole.

    A row whose `reference` is that of an offer of the seller changes that offer; any other row creates one. A file that
    is imported again, for instance after the process was ended, creates nothing twice. `folder`: for copies.
    `check`: as in `update_offer`.
    """
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    for at, row in enumerate(read_rows(path, folder, reading, max_rows), 1):
        pictures = _addresses(row)
        form = read_row(row, decimals)
        if isinstance(form, RowFault):
            yield ImportedRow(at, "", form)
            continue
        key = f"import:{digest}:{at}"
        command = partial(_import, form=form, row=row, decimals=decimals, seller=seller, key=key, check=check)
        try:
            yield ImportedRow(at, books.run(command).id, pictures=pictures)
        except TradeError as error:
            yield ImportedRow(at, "", fault_of(error))


def _addresses(row: dict[str, str]) -> tuple[str, ...]:
    """The addresses in the column of pictures, divided by spaces; the column is taken out of the row."""
    found = [row.pop(name) for name in list(row) if name.strip().lower() == PICTURES]
    return tuple(dict.fromkeys(" ".join(found).split()))[:MAX_PICTURES]


def _import(
    tx: Transaction,
    form: OfferForm,
    row: Mapping[str, str],
    decimals: Callable[[str], int | None],
    seller: str,
    key: str,
    check: Callable[[Offer], None] | None,
) -> Offer:
    reference = form.goods.reference
    known = tx.lookup(article_reference(seller, reference)) if reference else None
    if known is not None:
        changes = fields_of(row)
        if "delivery" in changes:
            # A row has some of the terms only: the licence and the steps of a cancellation stay.
            terms = written_terms(owned_offer(tx, known, seller))
            same = terms.get("kind") == changes["delivery"].get("kind")
            changes["delivery"] = {**(terms if same else {}), **changes["delivery"]}
        return update_offer(tx, known, changes, decimals, seller=seller, check=check)
    return create_offer(tx, form, seller=seller, key=key)


def read_rows(path: Path, folder: Path, reading: Reading = PLAIN, max_rows: int = MAX_ROWS) -> Iterator[dict[str, str]]:
    """The rows of a file as text by column. Raises TableError."""
    if path.suffix.lower() == ".xlsx":
        source = open_source(workbook_copy(path, reading, folder), "jsonl")
    else:
        source = open_source(text_copy(path, reading, lambda: folder, csv_file=True), "csv")
    rows = (row for batch in source for row in batch.to_pylist())
    for row in islice(rows, max_rows):
        yield {name: _text(value) for name, value in row.items()}
    if next(rows, None) is not None:
        raise WordedTableError("The table has more than {most} rows. Divide it.", most=max_rows)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
