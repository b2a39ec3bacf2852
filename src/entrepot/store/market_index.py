"""Which offers the market shows, and the search in them.

The rows are computed from the states of offers, in the transaction that changes a state, so they never differ from it.
Texts are split into terms before a database sees them (`goods.normalize`): words, and in scripts without spaces the
overlapping pairs of characters. SQLite searches the terms by FTS5, PostgreSQL by `tsvector`; a term of a query finds
every term that begins with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection

from entrepot.goods import normalize
from entrepot.goods.everyday_names import everyday_names
from entrepot.trade.offers import Offer

#: Characters of a search, and its terms, at most.
MAX_QUERY, MAX_TERMS = 120, 12
#: A tariff code with dots or spaces between its digits.
_CODE = re.compile(r"(?<!\d)(\d{2,4}(?:[. ]\d{2}){1,4})(?!\d)")


class Found(NamedTuple):
    """A page of what was found: the ids of offers, the best or newest first, how many there are, and if more follow."""

    offers: list[str]
    total: int
    more: bool


class Wanted(NamedTuple):
    """What is searched for. `words`: as typed; empty values do not restrict; `kind`: `goods` or `service`."""

    words: str = ""
    pavilion: str = ""
    economy: str = ""
    kind: str = ""


def update(cursor: Any, offers: Iterable[tuple[Offer | None, Offer]]) -> None:
    """Write the rows of offers, each with its state before (None: it is new) and after. Uses the open transaction.

    Nothing is read: on PostgreSQL the statements of a transaction are sent together.
    """
    for before, offer in offers:
        if is_shown(offer):
            _write_offer(cursor, offer)
        elif before is not None and is_shown(before):
            row = "SELECT id FROM store_marketoffer WHERE offer = %s"
            cursor.execute(f"DELETE FROM store_markettext WHERE {_row_id()} = ({row})", [offer.id])
            cursor.execute("DELETE FROM store_marketoffer WHERE offer = %s", [offer.id])


def rebuild(cursor: Any, offers: Iterable[Offer]) -> None:
    """Write all rows anew, in the order of the offers. Uses the open transaction."""
    cursor.execute("DELETE FROM store_marketoffer")
    cursor.execute("DELETE FROM store_markettext")
    update(cursor, ((None, each) for each in offers))


def is_shown(offer: Offer) -> bool:
    """Whether the market shows an offer, if its pavilion is published."""
    return offer.status == "active" and bool(offer.presentation.pavilion) and offer.prices.price > 0


def terms_of(offer: Offer) -> tuple[str, str]:
    """The terms of an offer: those of its titles, and those of all else by which it is found.

    A code is found by its first digits, and by what people call goods of that code, in every language.
    """
    goods = offer.goods
    title = " ".join(normalize.index_terms(each) for each in goods.titles.values())
    body = [goods.hs_code, *_called(goods.hs_code[:6])]
    texts = (*offer.presentation.descriptions.values(), goods.specification, goods.service.replace("_", " "))
    body += map(normalize.index_terms, texts)
    body += [" ".join(normalize.split_words(each)) for each in (goods.reference, goods.barcode)]
    return title, " ".join(dict.fromkeys(" ".join(body).split()))


@lru_cache(maxsize=1024)
def _called(code: str) -> tuple[str, ...]:
    """The terms of the everyday names of goods with a code of six digits."""
    names = everyday_names()
    found: dict[str, None] = {}
    for each in (code, code[:4]) if code else ():
        for texts in names.get(each, {}).values():
            for text in texts:
                found.update(dict.fromkeys(normalize.index_terms(text).split()))
    return tuple(found)


def query_terms(words: str) -> list[str]:
    """The terms that an offer must have: each is the beginning of one of its terms.

    >>> query_terms("Cà phê 0901.21"), query_terms("beans"), query_terms("咖啡豆"), query_terms("ก")
    (['090121', 'ca', 'phe'], ['bean'], ['咖啡', '啡豆'], ['ก'])
    """
    words = words[:MAX_QUERY]
    found = ["".join(filter(str.isdigit, code)) for code in _CODE.findall(words)]
    for run in normalize.split_words(_CODE.sub(" ", words)):
        if normalize.is_unspaced(run):
            found += normalize.character_pairs(run) or [run]
        else:
            found.append(normalize.singular(run))
    return list(dict.fromkeys(found))[:MAX_TERMS]


def search(wanted: Wanted, *, after: str = "", limit: int) -> Found:
    """Offers of published pavilions. `after`: the id of the last offer of the page before.

    With words, those that have them in a title come first; otherwise and among equals the newest.
    """
    terms = query_terms(wanted.words)
    if wanted.words.strip() and not terms:
        return Found([], 0, more=False)
    tables, where, values = _conditions(wanted)
    if terms:
        return _search_terms(terms, tables, where, values, after, limit)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {tables} WHERE {' AND '.join(where)}", values)
        count = cursor.fetchone()[0]
        if after:
            where.append("m.id < (SELECT id FROM store_marketoffer WHERE offer = %s)")
            values.append(after)
        query = f"SELECT m.offer FROM {tables} WHERE {' AND '.join(where)} ORDER BY m.id DESC LIMIT %s"
        cursor.execute(query, [*values, limit + 1])
        offers = [number for (number,) in cursor.fetchall()]
    return Found(offers[:limit], count, len(offers) > limit)


def _conditions(wanted: Wanted) -> tuple[str, list[str], list[Any]]:
    tables = "store_marketoffer m JOIN store_pavilion p ON p.slug = m.pavilion"
    where, values = ["p.published"], list[Any]()
    for column, value in (("m.pavilion", wanted.pavilion), ("m.economy", wanted.economy), ("m.kind", wanted.kind)):
        if value:
            where.append(f"{column} = %s")
            values.append(value)
    return tables, where, values


def _search_terms(
    terms: Sequence[str], tables: str, where: Sequence[str], values: Sequence[Any], after: str, limit: int
) -> Found:
    """Offers with all terms, in a fixed order, from the one after `after`."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # Not bm25, which reads every row that it ranks.
            match = " AND ".join(f'"{each}"*' for each in terms)
            found = "SELECT rowid AS id FROM store_markettext WHERE store_markettext MATCH %s"
            titled, given = found, [match, f"title : ({match})"]
        else:
            match = " & ".join(f"'{each}':*" for each in terms)
            found = "SELECT id FROM store_markettext WHERE words @@ %s::tsquery"
            titled, given = f"{found} AND title @@ %s::tsquery", [match, match, match]
        query = (
            f"SELECT m.offer FROM ({found}) t JOIN {tables.replace(' m JOIN', ' m ON m.id = t.id JOIN', 1)} "
            f"LEFT JOIN ({titled}) s ON s.id = t.id WHERE {' AND '.join(where)} "
            "ORDER BY CASE WHEN s.id IS NULL THEN 1 ELSE 0 END, m.id DESC"
        )
        cursor.execute(query, [*given, *values])
        offers = [number for (number,) in cursor.fetchall()]
    begin = offers.index(after) + 1 if after in offers else len(offers) if after else 0
    return Found(offers[begin : begin + limit], len(offers), len(offers) > begin + limit)


def shown_economies() -> list[str]:
    """The economies from which offers are sent."""
    query = (
        "SELECT DISTINCT m.economy FROM store_marketoffer m JOIN store_pavilion p ON p.slug = m.pavilion "
        "WHERE p.published ORDER BY m.economy"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [economy for (economy,) in cursor.fetchall()]


def own_offers(after: int, limit: int) -> list[tuple[int, str]]:
    """Offers of the published pavilions of this node, the oldest first, each with its place in the market.

    `after`: the place of the last offer of the page before. An offer that was taken out since changes no other place.
    """
    query = (
        "SELECT m.id, m.offer FROM store_marketoffer m JOIN store_pavilion p ON p.slug = m.pavilion "
        "WHERE p.published AND p.peer = '' AND m.id > %s ORDER BY m.id LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [after, limit])
        return [(place, number) for place, number in cursor.fetchall()]


def count_by_pavilion() -> dict[str, int]:
    """How many offers each pavilion shows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pavilion, count(*) FROM store_marketoffer GROUP BY pavilion")
        return dict(cursor.fetchall())


def _kind(offer: Offer) -> str:
    return "service" if offer.goods.service else "goods"


def _row_id() -> str:
    return "rowid" if connection.vendor == "sqlite" else "id"


def _write_offer(cursor: Any, offer: Offer) -> None:
    row = [offer.presentation.pavilion, offer.goods.ship_from, _kind(offer), offer.id]
    cursor.execute(
        "INSERT INTO store_marketoffer (pavilion, economy, kind, offer) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT (offer) DO UPDATE SET pavilion = excluded.pavilion, economy = excluded.economy, "
        "kind = excluded.kind",
        row,
    )
    title, body = terms_of(offer)
    if connection.vendor == "sqlite":
        number = "SELECT id FROM store_marketoffer WHERE offer = %s"
        cursor.execute(f"DELETE FROM store_markettext WHERE rowid = ({number})", [offer.id])
        insert = "INSERT INTO store_markettext (rowid, title, body) SELECT id, %s, %s FROM store_marketoffer"
        cursor.execute(f"{insert} WHERE offer = %s", [title, body, offer.id])
        return
    titles = list(dict.fromkeys(title.split()))
    cursor.execute(
        "INSERT INTO store_markettext (id, title, words) SELECT id, array_to_tsvector(%s::text[]), "
        "array_to_tsvector(%s::text[]) FROM store_marketoffer WHERE offer = %s "
        "ON CONFLICT (id) DO UPDATE SET title = excluded.title, words = excluded.words",
        [titles, list(dict.fromkeys([*titles, *body.split()])), offer.id],
    )
