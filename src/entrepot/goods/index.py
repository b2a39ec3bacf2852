"""Search for goods of a tariff by words or by the beginning of a code, in an SQLite full-text index.

The index of an economy is a file in the cache folder, one for each content. It is written completely or not at all:
two processes may build it at the same time, and a damaged file is built again. The search text is split into words
before SQLite sees it, so that it cannot contain operators of the query language.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock

import msgspec

from entrepot.goods import names as naming
from entrepot.goods import normalize
from entrepot.goods.everyday_names import everyday_names
from entrepot.goods.names import NamedGoods
from entrepot.goods.query import MAX_LENGTH, build_queries
from entrepot.language.catalogue import LANGUAGES
from entrepot.law.compiled import Law, World
from entrepot.model import codes, json

HERE = Path(__file__).parent
#: The version of this code: a file depends on it besides the names of goods.
CODE_HASH = hashlib.blake2b(
    b"".join((HERE / f"{name}.py").read_bytes() for name in ("index", "names", "normalize")), digest_size=6
).hexdigest()
#: The maximum number of open files.
MAX_OPEN = 64
_TABLES = """
CREATE TABLE goods (id INTEGER PRIMARY KEY, code TEXT UNIQUE, declarable INTEGER, names TEXT, lent TEXT, called TEXT);
CREATE TABLE called (word TEXT, id INTEGER, PRIMARY KEY (word, id)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5(code, lead, own, above, content='', tokenize='ascii', prefix='2');
CREATE TABLE languages (language TEXT, goods INTEGER);
"""
_SELECT_GOODS = "SELECT code, declarable, names, lent, called FROM goods WHERE "
#: Goods with exactly this everyday name: words that differ only in accents have different meanings.
_EVERYDAY_QUERY = (
    "SELECT called.id, goods.code, 0.0 FROM called JOIN goods USING (id) WHERE word = ? ORDER BY goods.code"
)
#: A code or a word at the beginning of a name weighs more than another word of the name, and that more than one of a
#: name above it.
_WORDS_QUERY = (
    "SELECT goods.id, goods.code, bm25(words, 8.0, 8.0, 4.0, 1.0) AS score "
    "FROM words JOIN goods ON goods.id = words.rowid WHERE words MATCH ? ORDER BY score LIMIT 400"
)
#: A heading that has the words itself ranks above a heading with a line that has them.
_HEADING_WEIGHT = 1.5


class Goods(msgspec.Struct, frozen=True, kw_only=True):
    """Goods that were found.

    `level`: `chapter`, `heading`, `subheading` (six digits) or `line` (of the economy's own schedule). `declarable`:
    there is no finer code under it. `name`: in `name_language`, from the pack `named_by` (or `world`); it may be the
    name of the six digits if the line itself has none. `names`: its own, by language. `called`: everyday names in the
    requested language, which are not legal names; may be empty. `heading`: four digits.
    """

    code: str
    dotted: str
    level: str
    declarable: bool
    name: str
    name_language: str
    named_by: str
    names: dict[str, str]
    called: str
    heading: str
    heading_name: str


class GoodsFound(msgspec.Struct, frozen=True, kw_only=True):
    """The goods found, the best first, and how many goods have a name in each language."""

    object: str = "list"
    query: str
    economy: str | None
    pack: str
    language: str
    languages: dict[str, int]
    data: list[Goods]


class Index:
    """The search index of the goods of one economy, or of the world's headings. Threads may share it.

    `goods`: returns the goods if the file must be built. `folder`: the cache folder; if it cannot be written, the
    index is built in memory.
    """

    def __init__(self, pack: str, fingerprint: str, goods: Callable[[], Iterable[NamedGoods]], folder: Path) -> None:
        self.pack = pack
        self._one_at_a_time = Lock()
        self._goods = goods
        self._file = folder / "goods" / f"{pack}-{CODE_HASH}-{fingerprint}.sqlite3"
        self._open()

    def _open(self) -> None:
        self._rows = _open_file(self._file) or self._build()
        weakref.finalize(self, self._rows.close)
        self.languages: dict[str, int] = dict(self._rows.execute("SELECT language, goods FROM languages"))

    def _build(self) -> sqlite3.Connection:
        """Build the file and open it; in memory if no file can be written."""
        with contextlib.suppress(OSError, sqlite3.Error):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".new-")
            os.close(handle)
            new = Path(name)
            try:
                with contextlib.closing(sqlite3.connect(new)) as rows:
                    _fill(rows, self._goods())
                new.replace(self._file)  # atomic: a reader sees the old file or the new one
            finally:
                new.unlink(missing_ok=True)
            if opened := _open_file(self._file):
                return opened
        rows = sqlite3.connect(":memory:", check_same_thread=False)
        _fill(rows, self._goods())
        return rows

    def find(self, words: str, language: str, limit: int) -> list[Goods]:
        """The goods that match words or the beginning of a code, the best first, with their names in a language."""
        # One thread at a time: if two execute one statement of a connection together, one fails, since Python 3.13
        # often ("bad parameter or other API misuse").
        with self._one_at_a_time:
            try:
                return self._search(words, language, limit)
            except sqlite3.DatabaseError:  # the file was damaged since it was opened
                self._file.unlink(missing_ok=True)
                self._open()
                return self._search(words, language, limit)

    def _search(self, words: str, language: str, limit: int) -> list[Goods]:
        if code := codes.code_of(words):
            found = self._by_code(code, limit)
        else:
            found = [
                row
                for at in self._by_words(words, limit)
                for row in self._rows.execute(_SELECT_GOODS + "id = ?", (at,))
            ]
        return [self._as_goods(*row, language) for row in found]

    def _by_code(self, code: str, limit: int) -> list[tuple[str, int, str, str, str]]:
        """The goods whose code begins with a code: chapters and headings before the codes under them, lines in order.

        If there are none, the longest known code that this one begins with; for six digits, all their lines.
        """
        order = "length(code), code" if len(code) < 4 else "code"
        where = f"code >= ? AND code < ? ORDER BY {order} LIMIT ?"
        if found := self._rows.execute(_SELECT_GOODS + where, (code, code + ":", limit)).fetchall():
            return found
        for length in range(len(code) - 1, 3, -1):
            begin = code[:length]
            # Six digits with a single line are represented by that line and have no row.
            end, most = (begin + ":", limit) if length == 6 else (begin + " ", 1)
            if found := self._rows.execute(_SELECT_GOODS + where, (begin, end, most)).fetchall():
                return found
        return []

    def _by_words(self, typed: str, limit: int) -> Iterator[int]:
        """The row ids of the goods, the best first: exact everyday names, then all words, then any of the words."""
        words, exact = build_queries(typed), normalize.fold_keeping_accents(typed[:MAX_LENGTH])
        seen = dict.fromkeys(_rank(self._rows.execute(_EVERYDAY_QUERY, (exact,))))
        for query in words.for_all_words:
            if len(seen) < limit:
                seen.update(dict.fromkeys(_rank(self._rows.execute(_WORDS_QUERY, (query,)))))
        for query in words.for_some_words:
            if not seen:
                seen.update(dict.fromkeys(_rank(self._rows.execute(_WORDS_QUERY, (query,)))))
        yield from list(seen)[:limit]

    def _as_goods(self, code: str, declarable: int, names: str, shared: str, called: str, language: str) -> Goods:
        own: dict[str, tuple[str, str]] = json.decode(names)
        whole: dict[str, tuple[str, str]] = json.decode(shared) | own
        spoken = next((each for each in (language, "en", *whole) if each in whole), "en")
        name, by = whole.get(spoken, ("", self.pack))
        return Goods(
            code=code,
            dotted=codes.dotted(code),
            level={2: "chapter", 4: "heading", 6: "subheading"}.get(len(code), "line"),
            declarable=bool(declarable),
            name=name,
            name_language=spoken,
            named_by=by,
            names={each: text for each, (text, _by) in own.items()},
            called=", ".join(json.decode(called).get(language, ())),
            heading=code[:4],
            heading_name=self._heading_name(code[:4], language),
        )

    def _heading_name(self, code: str, language: str) -> str:
        for (names,) in self._rows.execute("SELECT names FROM goods WHERE code = ?", (code,)):
            said = json.decode(names)
            return str((said.get(language) or said.get("en") or next(iter(said.values()), [""]))[0])
        return ""


def _rank(found: Iterable[tuple[int, str, float]]) -> list[int]:
    """The goods grouped by heading, the heading with the best match first; chapters, which have no lines, last."""
    rows = list(found)
    best: dict[str, float] = {}
    for _id, code, score in rows:
        heading = code[:4]
        best[heading] = min(best.get(heading, 0.0), score * (_HEADING_WEIGHT if len(code) == 4 else 1))
    return [at for at, code, _score in sorted(rows, key=lambda row: (len(row[1]) < 4, best[row[1][:4]], row[1]))]


def _open_file(file: Path) -> sqlite3.Connection | None:
    """Open a completely built file for reading; None if there is none."""
    if not file.is_file():
        return None
    rows = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    try:
        if rows.execute("SELECT count(*) FROM languages").fetchone()[0]:
            return rows
    except sqlite3.DatabaseError:
        pass
    rows.close()
    return None


def _fill(rows: sqlite3.Connection, goods: Iterable[NamedGoods]) -> None:
    """Write all goods and their words."""
    rows.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)
    languages: dict[str, int] = {"en": 0}
    encode = msgspec.json.encode
    for number, each in enumerate(goods):
        whole = each.shared | each.names
        for language in whole:
            languages[language] = languages.get(language, 0) + 1
        told = [encode(said).decode() for said in (each.names, each.shared, each.called if each.whole else {})]
        rows.execute("INSERT INTO goods VALUES (?, ?, ?, ?, ?, ?)", (number, each.code, each.declarable, *told))
        codes = " ".join(each.code[:size] for size in sorted({2, 4, 6, 8, 9, len(each.code)}) if size <= len(each.code))
        said = [text for text, _by in whole.values()]
        words = [word for words in each.called.values() for word in words]
        if each.whole:
            exact = {(normalize.fold_keeping_accents(word), number) for word in words}
            rows.executemany("INSERT INTO called VALUES (?, ?)", sorted(exact))
        own = " ".join(map(normalize.index_terms, said + words * each.whole))
        lead = " ".join(map(normalize.index_terms, [*map(normalize.leading_words, said), *words * each.whole]))
        above = " ".join(map(normalize.index_terms, (*each.above, *words * (not each.whole))))
        row_of_words = (number, codes, lead, own, above)
        rows.execute("INSERT INTO words (rowid, code, lead, own, above) VALUES (?, ?, ?, ?, ?)", row_of_words)
    rows.executemany("INSERT INTO languages VALUES (?, ?)", languages.items())
    rows.execute("INSERT INTO words (words) VALUES ('optimize')")
    rows.commit()


class Finder:
    """Finds goods by the names in the law of today.

    `laws`: the law of every pack. `cache`: the folder of the index files.
    """

    def __init__(self, world: World, laws: Sequence[Law], cache: Path) -> None:
        self._world, self._cache = world, cache
        self._shared = naming.shared_names(laws, LANGUAGES)
        self._indexes: dict[str, Index] = {}
        self._lock = Lock()
        digest = hashlib.blake2b(digest_size=8)
        digest.update(
            msgspec.msgpack.encode((world.headings, self._shared.names, self._shared.texts, everyday_names()))
        )
        self._all = digest

    def find(self, words: str, law: Law | None, economy: str | None, language: str, limit: int) -> GoodsFound:
        """The goods of an economy's law, or of the world's headings, by words or by the beginning of a code."""
        index, words = self._index(law), words.encode(errors="replace").decode()
        return GoodsFound(
            query=words,
            economy=economy,
            pack=index.pack,
            language=language,
            languages=index.languages,
            data=index.find(words, language, limit),
        )

    def _index(self, law: Law | None) -> Index:
        name = f"{law.pack} {law.since} {law.hash}" if law else naming.WORLD
        with self._lock:  # a second thread waits for the first to build instead of building too
            if name not in self._indexes:
                digest = self._all.copy()
                if law:
                    digest.update(msgspec.msgpack.encode((law.pack, law.codes, law.named, law.naming)))
                self._indexes[name] = Index(
                    law.pack if law else naming.WORLD,
                    digest.hexdigest(),
                    lambda: naming.goods_of(self._world, law, self._shared, everyday_names()),
                    self._cache,
                )
                while len(self._indexes) > MAX_OPEN:
                    self._indexes.pop(next(iter(self._indexes)))  # closed when no search uses it any more
            return self._indexes[name]
