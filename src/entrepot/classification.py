"""Connects the classifier with the packs, the corrections of the user of this machine, and other processes."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from entrepot.batch.run.classify_processes import ManyDescriptions
from entrepot.batch.run.classify_worker import FormName, Task
from entrepot.goods import corrections as kept_codes
from entrepot.goods import names
from entrepot.goods.classify import Nomenclature
from entrepot.goods.described import unusable
from entrepot.language.catalogue import LANGUAGES
from entrepot.language.translate import current_language
from entrepot.law.compiled import Law
from entrepot.law.layers import data_folder
from entrepot.law.library import Library
from entrepot.model.errors import EntrepotError, SaleError


def nomenclature(house: Library, today: dt.date, language: str) -> Nomenclature:
    """The codes of the Harmonized System, with their names in a language where the schedules have any."""
    return _nomenclature(house, today, language if language != "en" and language in LANGUAGES else "")


@lru_cache(maxsize=8)
def _nomenclature(house: Library, today: dt.date, language: str) -> Nomenclature:
    def laws() -> Iterator[Law]:
        for pack in house.ids():
            # Only of packs that have such names: to compile the law of all packs takes seconds.
            if house.has_names(pack, language):
                with contextlib.suppress(EntrepotError):  # a request for that pack reports its error
                    yield house.law_of(pack, today)

    return Nomenclature.of(house.world, names.shared_names(laws(), [language]) if language else None)


def many_descriptions(
    form: FormName,
    house: Library,
    today: dt.date,
    language: str = "en",
    limit: int = 5,
    law: Law | None = None,
    processes: int | None = None,
) -> ManyDescriptions:
    """Classifies many descriptions, with names in a language, and sentences in that of the reader."""
    tree = nomenclature(house, today, language)
    return ManyDescriptions(Task.of(form, tree, language, current_language(), limit, law), processes)


def in_order(
    many: ManyDescriptions, texts: Iterable[str], corrections: Mapping[str, str] | None = None
) -> Generator[Any]:
    """The result of each description. Without `corrections` those of the user of this machine are used."""
    used = kept_corrections() if corrections is None else corrections
    with contextlib.closing(many), contextlib.closing(many.in_order(texts, used)) as found:
        yield from found


def find_codes(
    texts: Sequence[str], house: Library, today: dt.date, corrections: Mapping[str, str] | None = None
) -> list[dict[str, Any] | SaleError]:
    """The codes that descriptions may mean, each as the `classification` of a line, or what is wrong with it.

    Without `corrections` those of the user of this machine are used.
    """
    found = _codes(house, today).together(texts, kept_corrections() if corrections is None else corrections)
    return [unusable(each, text) if isinstance(each, str) else each for each, text in zip(found, texts, strict=True)]


@lru_cache(maxsize=2)
def _codes(house: Library, today: dt.date) -> ManyDescriptions:
    """Finds the codes of descriptions, and keeps them for the next table."""
    return many_descriptions("codes", house, today)


def kept_corrections() -> Mapping[str, str]:
    """The codes that the user chose for descriptions, by the keys of these; none if they cannot be read."""
    folder = data_folder()
    return _read_corrections(folder, kept_codes.stamp(folder))


@lru_cache(maxsize=2)
def _read_corrections(folder: Path | None, _stamp: tuple[int, int]) -> Mapping[str, str]:
    return {each.key: each.code for each in kept_codes.read_corrections(folder).values()}
