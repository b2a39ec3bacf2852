"""The texts of conditions that pages name by their ids: what a buyer or a seller confirms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from entrepot import app
from entrepot.engine.rules import wording
from entrepot.language.translate import pack_text, use_law
from entrepot.law.compiled import Law
from entrepot.model.errors import EntrepotError

#: The texts of the conditions of treatments, by id.
OF_TREATMENTS = {"proof_of_origin": wording.PROOF, "direct_consignment": wording.DIRECT}


def condition_texts(names: Iterable[str], law: Law | None) -> list[tuple[str, str]]:
    """Conditions by their ids, each with its text; with the words of its id where the law does not have it.

    >>> condition_texts(["direct_consignment", "on_a_list"], None)[1]
    ('on_a_list', 'on a list')
    """
    texts = dict(OF_TREATMENTS)
    if law is not None:
        texts |= {each.id: each.says for regime in law.regimes for each in regime.conditions}
    return [(name, pack_text(texts[name]) if name in texts else name.replace("_", " ")) for name in names]


def texts_there(names: Iterable[str], country: str, day: dt.date) -> list[tuple[str, str]]:
    """As `condition_texts`, by the law of an economy on a day."""
    names = list(names)
    if not names:
        return []
    try:
        law = app.library().law(country, day)
    except EntrepotError:
        return condition_texts(names, None)
    use_law(law)
    return condition_texts(names, law)
