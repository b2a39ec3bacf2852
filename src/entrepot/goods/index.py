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
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Lock

import msgspec

from entrepot.goods import names as naming
from entrepot.goods import normalize
from entrepot.goods.arrange import arrange, rank
from entrepot.goods.differences import differences
from entrepot.goods.duties import duty_of
from entrepot.goods.everyday_names import (
    codes_of_name,
    codes_of_name_spelled,
    codes_of_names_within,
    everyday_names,
)
from entrepot.goods.names import NamedGoods
from entrepot.goods.query import MAX_LENGTH, build_queries
from entrepot.goods.spelling import Spelling
from entrepot.language.catalogue import LANGUAGES
from entrepot.language.heading_names import NAMED_BY, heading_name
from entrepot.law.compiled import Law, World
from entrepot.model import codes

HERE = Path(__file__).parent
#: The version of this code: a file depends on it besides the names of goods.
CODE_HASH = hashlib.blake2b(
    b"".join((HERE / f"{name}.py").read_bytes() for name in ("index", "names", "normalize")), digest_size=6
).hexdigest()
#: The maximum number of open files.
MAX_OPEN = 64
_TABLES = """
CREATE TABLE goods (id INTEGER PRIMARY KEY, code TEXT UNIQUE, declarable INTEGER, names TEXT, lent TEXT, called TEXT);
CREATE VIRTUAL TABLE words USING fts5(code, lead, own, called, above, content='', tokenize='ascii', prefix='2');
CREATE TABLE languages (language TEXT, goods INTEGER);
"""
_INSERT_WORDS = "INSERT INTO words (rowid, code, lead, own, called, above) VALUES (?, ?, ?, ?, ?, ?)"
_SELECT_GOODS = "SELECT code, declarable, names, lent, called, id FROM goods WHERE "
#: The first row of a code: its own, or that of the undivided line of its six digits.
_CODE_QUERY = "SELECT id, code FROM goods WHERE code >= ? AND code < ? ORDER BY code LIMIT 1"
#: The six-digit codes of a heading, or their undivided lines.
_UNDER_QUERY = (
    "SELECT id, code FROM goods WHERE code > ? AND code < ? AND length(code) >= 6 "
    "AND rtrim(substr(code, 7), '0') = '' ORDER BY code LIMIT ?"
)
#: A code or a word at the beginning of a name weighs more than another word of the name, and that more than one of a
#: name above it.
_WORDS_QUERY = (
    "SELECT goods.id, goods.code, bm25(words, 8.0, 8.0, 4.0, 4.0, 1.0) AS score "
    "FROM words JOIN goods ON goods.id = words.rowid WHERE words MATCH ? ORDER BY score LIMIT 160"
)
#: Code, declarable, names, names lent by other places, everyday names, and the row.
Row = tuple[str, int, str, str, str, int]
_NAMES = msgspec.json.Decoder(dict[str, tuple[str, str]])
_CALLED = msgspec.json.Decoder(dict[str, list[str]])
#: The maximum number of everyday names that are shown for goods.
MAX_CALLED = 4


class Goods(msgspec.Struct, kw_only=True):
    """Goods that were found.

    `level`: `chapter`, `heading`, `subheading` (six digits) or `line` (of the economy's own schedule). `declarable`:
    there is no finer code under it. `name`: in `name_language`, from the pack `named_by` (or `world`, or `entrepot` for
    a short name of a heading, which is this project's own translation and is not checked); it may be the name of the
    six digits if the line itself has none. `names`: its own, by language. `called`: everyday names in the
    requested language, which are not legal names; may be empty. `heading`: four digits. `differs`: in a search by
    code, the words in which the name differs from the others of its heading. `duty`: the MFN rate as the schedule
    writes it, or the rates of the lines under the code; empty where none is known, and without an economy.
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
    differs: str = ""
    duty: tuple[str, ...] = ()


class GoodsFound(msgspec.Struct, frozen=True, kw_only=True):
    """The goods found, the best first, and how many goods have a name in each language.

    `corrected`: the words that were searched for instead, where those of the query are misspelt; otherwise empty.
    """

    object: str = "list"
    query: str
    economy: str | None
    pack: str
    language: str
    languages: dict[str, int]
    corrected: str
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
        self._heading_names: dict[tuple[str, str], str] = {}
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

    def find(self, words: str, language: str, limit: int, correct: Callable[[str], str]) -> tuple[list[Goods], str]:
        """The goods that match words or the beginning of a code, the best first, with their names in a language.

        `correct`: returns misspelt words as they should be, or an empty text. The second value is the corrected text
        if the goods are those of it.
        """
        # One thread at a time: if two execute one statement of a connection together, one fails, since Python 3.13
        # often ("bad parameter or other API misuse").
        with self._one_at_a_time:
            try:
                return self._search(words, language, limit, correct)
            except sqlite3.DatabaseError:  # the file was damaged since it was opened
                self._file.unlink(missing_ok=True)
                self._open()
                return self._search(words, language, limit, correct)

    def _search(self, words: str, language: str, limit: int, correct: Callable[[str], str]) -> tuple[list[Goods], str]:
        corrected = ""
        if code := codes.code_of(words):
            found = self._by_code(code, limit)
        else:
            rows, corrected = self._by_words(words[:MAX_LENGTH], language, limit, correct)
            found = self._read(rows)
        typed = (corrected or words).casefold()
        return [self._as_goods(row, language, typed) for row in found], corrected

    def _by_code(self, code: str, limit: int) -> list[Row]:
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

    def _by_words(self, typed: str, language: str, limit: int, correct: Callable[[str], str]) -> tuple[list[int], str]:
        """The row ids of the goods, the best first, and the corrected text if they are those of it.

        First goods that are called exactly this or have all of the words; if there are none, those of the corrected
        words; then those of an everyday name within the text, and of words that begin so; if there are none, goods
        that have some of the words.
        """
        queries, corrected = build_queries(typed), ""
        exact = self._called(codes_of_name_spelled(typed, language))
        seen = dict(exact)
        for query in queries.for_whole_words:
            if len(seen) < limit:
                seen |= self._matching(query, limit)
        if exact or len(seen) >= limit:
            return arrange(seen, limit, self._under), ""
        within = codes_of_names_within(typed, language)
        # A text with a name of goods is not misspelt; but an English one may be two words of which one is.
        if not seen and (typed.isascii() or not within) and (corrected := correct(typed)):
            seen = self._corrected(corrected, within, language, limit)
            corrected = corrected if seen else ""
        if not corrected:
            seen |= self._called((*codes_of_name(typed, language, accents=False), *within))
            # The last query has the results of the one before it too, in an order that is less good.
            for query in queries.for_all_words[-1:] if seen else queries.for_all_words:
                if len(seen) < limit:
                    seen |= self._matching(query, limit)
        for query in queries.for_some_words:
            seen = seen or self._matching(query, limit)
        return arrange(seen, limit, self._under), corrected

    def _corrected(self, corrected: str, known: Sequence[str], language: str, limit: int) -> dict[int, str]:
        """The rows that corrected words find as a whole, or by a main word that was misspelt.

        `known`: the codes of the names that were spelt well.
        """
        seen = self._called(codes_of_name_spelled(corrected, language))
        for query in build_queries(corrected).for_whole_words:
            seen |= self._matching(query, limit)
        if not seen:
            within = codes_of_names_within(corrected, language)
            seen = self._called(within) if within[:1] != known[:1] else {}
        return seen

    def _called(self, found: Iterable[str]) -> dict[int, str]:
        """The rows of codes, in their order."""
        return dict(
            row
            for code in found
            for row in self._rows.execute(_CODE_QUERY, (code, code + ":"))
            if row[1][:6] == code[:6]
        )

    def _read(self, rows: Sequence[int]) -> list[Row]:
        """Rows by their ids, in the same order."""
        query = f"{_SELECT_GOODS} id IN ({','.join(map(str, rows))})"
        found = {row[-1]: row for row in self._rows.execute(query)}
        return [found[at] for at in rows]

    def _matching(self, query: str, limit: int) -> dict[int, str]:
        """The rows that match a full-text query."""
        return dict(rank(self._rows.execute(_WORDS_QUERY, (query,)), limit))

    def _under(self, heading: str, most: int) -> list[tuple[int, str]]:
        """The first codes of a heading that can be quoted."""
        return self._rows.execute(_UNDER_QUERY, (heading, heading + ":", most)).fetchall()

    def _as_goods(self, row: Row, language: str, typed: str) -> Goods:
        code, declarable, names, shared, called, _id = row
        own = _NAMES.decode(names)
        whole = _NAMES.decode(shared) | own if shared != "{}" else own
        spoken = next((each for each in (language, "en", *whole) if each in whole), "en")
        name, by = whole.get(spoken, ("", self.pack))
        if spoken != language and (short := heading_name(code, name, language)) != name:
            name, by, spoken = short, NAMED_BY, language
        everyday = _CALLED.decode(called).get(language, []) if called != "{}" else []
        return Goods(
            code=code,
            dotted=codes.dotted(code),
            level={2: "chapter", 4: "heading", 6: "subheading"}.get(len(code), "line"),
            declarable=bool(declarable),
            name=name,
            name_language=spoken,
            named_by=by,
            names={each: text for each, (text, _by) in own.items()},
            called=", ".join(sorted(everyday, key=lambda each: each.casefold() != typed)[:MAX_CALLED]),
            heading=code[:4],
            heading_name=self._heading_name(code[:4], language),
        )

    def _heading_name(self, code: str, language: str) -> str:
        known = self._heading_names.get((code, language))
        if known is None:
            known = self._heading_names[code, language] = self._read_heading_name(code, language)
        return known

    def _read_heading_name(self, code: str, language: str) -> str:
        for (names,) in self._rows.execute("SELECT names FROM goods WHERE code = ?", (code,)):
            said = _NAMES.decode(names)
            if language in said:
                return said[language][0]
            return heading_name(code, (said.get("en") or next(iter(said.values()), ("", "")))[0], language)
        return ""


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
        lead = map(normalize.leading_words, said)
        above = (*each.above, *words * (not each.whole))
        texts = [" ".join(map(normalize.index_terms, part)) for part in (lead, said, words * each.whole, above)]
        rows.execute(_INSERT_WORDS, (number, codes, *texts))
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
        self._spelling: Spelling | None = None
        self._indexes: dict[str, Index] = {}
        self._lock = Lock()
        digest = hashlib.blake2b(digest_size=8)
        digest.update(
            msgspec.msgpack.encode((world.headings, self._shared.names, self._shared.texts, everyday_names()))
        )
        self._all = digest

    @property
    def shared(self) -> naming.SharedNames:
        """The names that the schedules of all places have for six-digit codes."""
        return self._shared

    def find(self, words: str, law: Law | None, economy: str | None, language: str, limit: int) -> GoodsFound:
        """The goods of an economy's law, or of the world's headings, by words or by the beginning of a code."""
        index, words = self._index(law), words.encode(errors="replace").decode()
        data, corrected = index.find(words, language, limit, self._correct)
        return GoodsFound(
            query=words,
            economy=economy,
            pack=index.pack,
            language=language,
            languages=index.languages,
            corrected=corrected,
            data=_compared(data, law, unfolded=bool(codes.code_of(words))),
        )

    def _correct(self, text: str) -> str:
        if self._spelling is None:  # built when a text matches nothing; two threads may both build it
            self._spelling = Spelling(self._world.headings.values())
        return self._spelling.correct(text)

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


def _compared(data: list[Goods], law: Law | None, *, unfolded: bool) -> list[Goods]:
    """The goods with their rates of duty; those under a code also with the words in which their names differ."""
    groups: dict[tuple[str, str], list[Goods]] = {}
    for each in data:
        if len(each.code) >= 6:
            each.duty = duty_of(law, each.code) if law else ()
            if unfolded:
                groups.setdefault((each.heading, each.name_language), []).append(each)
    for group in groups.values():
        for each, words in zip(group, differences([each.name for each in group]), strict=True):
            each.differs = words if words != each.name else ""
    return data
