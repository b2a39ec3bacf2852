"""Where the schedule of a pack can be downloaded by hand, if its authority has no file at a stable address."""

from __future__ import annotations

import csv
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple


class Published(NamedTuple):
    """Who publishes a schedule, as which kind of file, on which page; and whether a format of Entrepot reads it."""

    publisher: str
    what: str
    page: str
    readable: bool


@lru_cache(maxsize=1)
def _all() -> dict[str, Published]:
    text = files("entrepot.schedules").joinpath("publishers.csv").read_text("utf-8")
    return {
        row["pack"]: Published(row["publisher"], row["what"], row["page"], row["readable"] == "yes")
        for row in csv.DictReader(text.splitlines())
    }


def published(pack: str) -> Published | None:
    """What is published of the schedule of a pack; None if it is not known.

    >>> published("tw").page, published("nz").readable
    ('https://data.gov.tw/dataset/80871', False)
    """
    return _all().get(pack)
