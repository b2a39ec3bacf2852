"""A verified ledger, and one that somebody changed: each change is named."""

from __future__ import annotations

import datetime as dt
import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from django.db import connection

from entrepot.store.trade import ledger
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade.audit.problems import SENTENCES
from entrepot.trade.audit.verify import Verification
from entrepot.trade.ledger.checkpoints import new_signer, open_checkpoint
from entrepot.trade.ledger.merkle import Frontier, is_consistent, is_included, leaf_hash
from entrepot.trade.occupied import Occupied
from entrepot.trade.ports import NotFound, Transaction
from trade.adapters import DATA_KEY, HASH_KEY
from trade.tally import KINDS, START, Clock, moves, opened

SIGNER = new_signer("shop.example/ledger", bytes(range(32)))
#: Problems of rows that are computed from the events.
REBUILT = {"object", "object_missing", "object_unknown", "balance", "sum", "reference", "owner", "event_owner", "head"}
REBUILT |= {"node", "time"}
EVENTS = "store_ledgerevent"


def fill(events: int = 40) -> StoreBooks:
    """Books with some events and two checkpoints."""
    books = StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=Clock(), random=os.urandom)
    numbers = [books.run(opened(stock=1000, owner=f"og_{each}")) for each in range(3)]

    def command(tx: Transaction, part: int) -> None:
        for each in range(events // 2):
            number = numbers[each % 3]
            postings = moves(f"stock/{number}", "sold", number, 1, floor=0)
            tx.append(number, "tally.counted", {"by": 1}, postings=postings, key=f"k{part}-{each}")

    for part in range(2):
        books.run(partial(command, part=part))
        ledger.sign_checkpoint(SIGNER, START)
    books.run(lambda tx: tx.append(numbers[0], "tally.counted", {"by": 0, "note": "the last"}))
    return books


def verify() -> Verification:
    return ledger.verify(KINDS, SIGNER.verifier())


def change(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def row(position: int) -> dict[str, Any]:
    """A row of the ledger."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, stream, content, chain FROM {EVENTS} WHERE position = %s", [position])
        number, stream, content, chain = cursor.fetchone()
    return {"id": number, "stream": stream, "content": bytes(content), "chain": bytes(chain)}


def found() -> list[tuple[str, int]]:
    """The problems, by code and position. The sentence of each can be written."""
    problems = verify().problems
    assert all(each.message for each in problems)
    return [(each.code, each.position) for each in problems]


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_a_ledger_that_nobody_changed_is_verified(name: str, request: pytest.FixtureRequest) -> None:
    request.getfixturevalue(f"{name}_tables")
    fill(600)
    assert found() == []
    change(f"UPDATE {EVENTS} SET content = %s WHERE position = 5", row(5)["content"].replace(b'"by":1', b'"by":2'))
    assert ("chain", 5) in found()


@pytest.fixture
def filled(sqlite_tables: None) -> StoreBooks:
    return fill()


def test_a_flipped_byte_is_named(filled: StoreBooks) -> None:
    number = row(9)["id"]
    content = bytearray(row(9)["content"])
    content[content.index(b'"by":1') + 5] ^= 1  # 1 becomes 0
    change(f"UPDATE {EVENTS} SET content = %s WHERE position = 9", bytes(content))
    problems = verify().problems
    assert (problems[0].code, problems[0].position, problems[0].id) == ("chain", 9, number)
    # The tree, and the row that was computed from the event, differ too.
    assert {each.code for each in problems[1:]} == {"head", "checkpoint_root", "object"}
    change(f"UPDATE {EVENTS} SET content = %s WHERE position = 9", b"{" + bytes(content))
    assert found()[:2] == [("chain", 9), ("canonical", 9)]


def test_a_removed_event_is_named(filled: StoreBooks) -> None:
    change(f"DELETE FROM {EVENTS} WHERE position = 9")
    problems = verify().problems
    assert (problems[0].code, problems[0].values) == ("missing", {"first": 9, "last": 9})
    assert "chain" not in {each.code for each in problems}


def test_removed_events_at_the_end_are_named(filled: StoreBooks) -> None:
    change(f"DELETE FROM {EVENTS} WHERE position >= 43")
    codes = found()
    assert codes[0] == ("missing", 43)
    assert verify().problems[0].values == {"first": 43, "last": 44}
    assert ("checkpoint_size", 0) in codes


def test_a_removed_event_whose_gap_was_closed_is_named(filled: StoreBooks) -> None:
    change(f"DELETE FROM {EVENTS} WHERE position = 9")
    change(f"UPDATE {EVENTS} SET position = position - 1 WHERE position > 9")
    assert found()[0] == ("chain", 9)
    assert ("missing", 44) in found()


def test_exchanged_events_are_named_with_their_places(filled: StoreBooks) -> None:
    nine, twenty = row(9), row(20)
    change(f"UPDATE {EVENTS} SET content = %s WHERE position = 9", twenty["content"])
    change(f"UPDATE {EVENTS} SET content = %s WHERE position = 20", nine["content"])
    problems = verify().problems
    assert {(each.position, each.values["other"]) for each in problems if each.code == "exchanged"} == {
        (9, 20),
        (20, 9),
    }
    assert {("chain", 9), ("chain", 20), ("column", 9), ("column", 20)} <= set(found())


def test_reordered_rows_are_named(filled: StoreBooks) -> None:
    for old, new in ((9, 900), (20, 9), (900, 20)):
        change(f"UPDATE {EVENTS} SET position = %s WHERE position = %s", new, old)
    assert [each for each in found() if each[0] == "chain"] == [("chain", each) for each in (9, 10, 20, 21)]


def test_an_inserted_event_is_named(filled: StoreBooks) -> None:
    copy = row(9)
    change(f"UPDATE {EVENTS} SET position = -position - 1 WHERE position > 9")
    change(f"UPDATE {EVENTS} SET position = -position WHERE position < 0")
    change(
        f"INSERT INTO {EVENTS} (position, id, stream, kind, content, chain) "
        "VALUES (10, %s, %s, 'tally.counted', %s, %s)",
        "ev_inserted",
        copy["stream"],
        copy["content"],
        copy["chain"],
    )
    codes = found()
    assert {("chain", 10), ("column", 10), ("duplicate", 10), ("head", 0)} <= set(codes)


def rewrite(position: int, content: bytes) -> None:
    """Change an event as somebody would who can compute: with all hashes after it, except what was signed."""
    from entrepot.store.trade.writing import next_link

    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {EVENTS} SET content = %s WHERE position = %s", [content, position])
        cursor.execute(f"SELECT position, content FROM {EVENTS} ORDER BY position")
        chain, frontier, nodes = bytes(32), Frontier(), []
        for place, stored in cursor.fetchall():
            leaf = leaf_hash(bytes(stored))
            chain = next_link(chain, leaf)
            nodes += frontier.add(leaf)
            cursor.execute(f"UPDATE {EVENTS} SET chain = %s WHERE position = %s", [chain, place])
        cursor.execute("UPDATE store_ledgerhead SET chain = %s, frontier = %s", [chain, frontier.encode()])
        for level, index, value in nodes:
            cursor.execute(
                "UPDATE store_ledgernode SET hash = %s WHERE level = %s AND place = %s", [value, level, index]
            )


def test_a_rewritten_ledger_contradicts_its_checkpoint(filled: StoreBooks) -> None:
    event = json.loads(row(30)["content"])
    event["payload"]["note"] = "never happened"
    rewrite(30, json.dumps(event, sort_keys=True, separators=(",", ":")).encode())
    problems = [each for each in verify().problems if each.code != "object"]
    # The first checkpoint is of 23 events, the second of 43: between them something was changed.
    assert [(each.code, each.values) for each in problems] == [
        ("checkpoint_root", {"size": 43, "first": 24, "last": 43})
    ]
    with pytest.raises(ledger.LedgerBroken, match="does not continue the checkpoint of 43 events"):
        ledger.sign_checkpoint(SIGNER, START)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"by":1', b'"by":1.0', "canonical"),
        (b'"by":1', b'"by": 1', "canonical"),
        (b'"kind":"tally.counted"', b'"kind":"tally.uncounted"', "not_allowed"),
        (b'"stream":"ta_', b'"stream":"xx_', "not_allowed"),
        (b'"amount":1,', b'"amount":2,', "unbalanced"),
        (b'"amount":-1,', b'"amount":-1001,', "unbalanced"),
    ],
    ids=["float", "space", "kind", "stream", "plus", "minus"],
)
def test_an_event_that_could_not_have_been_appended_is_named(
    filled: StoreBooks, old: bytes, new: bytes, code: str
) -> None:
    content = row(44 - 1)["content"]
    assert old in content
    rewrite(43, content.replace(old, new, 1))
    assert (code, 43) in found()


def test_a_passed_floor_is_named(filled: StoreBooks) -> None:
    content = row(43)["content"]
    rewrite(43, content.replace(b'"amount":-1,', b'"amount":-2000,').replace(b'"amount":1,', b'"amount":2000,'))
    assert ("floor", 43) in found()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE store_tradeobject SET status = 'closed'", "object"),
        ("UPDATE store_tradeobject SET state = replace(state, 'open', 'shut')", "object"),
        ("UPDATE store_tradeobject SET position = 1", "object"),
        ("DELETE FROM store_tradeobject", "object_missing"),
        ("UPDATE store_tradeobject SET id = 'ta_other' WHERE position = 44", "object_unknown"),
        ("UPDATE store_balance SET amount = amount + 1 WHERE account = 'sold'", "balance"),
        ("UPDATE store_balance SET amount = amount + 1 WHERE account = 'sold'", "sum"),
        ("DELETE FROM store_balance WHERE account = 'sold'", "balance"),
        ("INSERT INTO store_tradereference (reference, object) VALUES ('waybill:1', 'ta_1')", "reference"),
        (
            """INSERT INTO store_bookedtime (object, resource, unit, since, until, expires)
            VALUES ('ta_1', 'as_1', 1, 0, 60, 0)""",
            "time",
        ),
        ("DELETE FROM store_tradeobjectowner", "owner"),
        ("UPDATE store_ledgereventowner SET owner = 'og_9' WHERE position = 9", "event_owner"),
        ("UPDATE store_ledgerhead SET size = 40", "head"),
        ("UPDATE store_ledgerhead SET chain = zeroblob(32)", "head"),
        ("UPDATE store_ledgerhead SET frontier = zeroblob(96)", "head"),
        ("INSERT INTO store_ledgernode (level, place, hash) VALUES (8, 0, zeroblob(32))", "node"),
        ("UPDATE store_ledgercheckpoint SET note = replace(note, '43', '42') WHERE size = 43", "checkpoint_signature"),
        ("UPDATE store_ledgercheckpoint SET size = 41 WHERE size = 43", "checkpoint_size"),
        (f"UPDATE {EVENTS} SET kind = 'tally.closed' WHERE position = 9", "column"),
        (f"UPDATE {EVENTS} SET \"key\" = 'other' WHERE position = 9", "column"),
        (f'UPDATE {EVENTS} SET "key" = NULL WHERE position = 9', "column"),
    ],
)
def test_rows_that_differ_from_the_events_are_named_and_rebuilt(filled: StoreBooks, statement: str, code: str) -> None:
    change(statement)
    codes = {each for each, _ in found()}
    assert code in codes
    if codes <= {
        "object",
        "object_missing",
        "object_unknown",
        "balance",
        "sum",
        "reference",
        "time",
        "owner",
        "event_owner",
        "head",
        "node",
    }:
        assert ledger.rebuild(KINDS) == 3
        assert found() == []


def test_a_broken_ledger_is_not_rebuilt(filled: StoreBooks) -> None:
    change(f"UPDATE {EVENTS} SET content = %s WHERE position = 9", b"{}")
    with pytest.raises(ledger.LedgerBroken, match="position 9"):
        ledger.rebuild(KINDS)


def test_the_problems_that_are_named_are_bounded(sqlite_tables: None) -> None:
    fill(300)
    change(f"UPDATE {EVENTS} SET kind = 'x'")
    verification = verify()
    assert (len(verification.problems), verification.count) == (100, 304)


def test_two_objects_with_one_time_of_a_unit_are_named() -> None:
    found = Verification(KINDS)
    times = {
        "bk_1": Occupied("as_1", 1, 0, 60),
        "bk_2": Occupied("as_1", 1, 59, 90),
        "bk_3": Occupied("as_1", 1, 90, 99),
    }
    found.replay.times.update(times)
    found.check_times(times)
    assert [(each.code, each.values["stream"], each.values["other"]) for each in found.problems] == [
        ("double", "bk_1", "bk_2")
    ]


def test_every_problem_has_a_sentence_that_a_test_saw() -> None:
    tests = Path(__file__).read_text("utf-8")
    assert [code for code in SENTENCES if f'"{code}"' not in tests] == []


def test_an_event_is_proved_without_the_database(filled: StoreBooks) -> None:
    position, event = filled.events()[8]
    proved = ledger.prove(event.id, SIGNER, START)
    checkpoint = open_checkpoint(proved.note, SIGNER.verifier())
    assert (proved.position, checkpoint.size, checkpoint.origin) == (position, 44, "shop.example/ledger")
    assert is_included(leaf_hash(proved.content), position - 1, 44, proved.proof, checkpoint.root)
    assert ledger.prove("9", SIGNER, START) == proved
    for wrong in ("ev_1", "45", "0", "", "x\0"):
        with pytest.raises(NotFound):
            ledger.prove(wrong, SIGNER, START)


def test_two_checkpoints_are_proved_to_be_of_one_ledger(filled: StoreBooks) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT note FROM store_ledgercheckpoint ORDER BY size")
        first, second = (open_checkpoint(note, SIGNER.verifier()) for (note,) in cursor.fetchall())
    assert (first.size, second.size) == (23, 43)
    proof = ledger.prove_consistency(23, 43)
    assert is_consistent(23, first.root, 43, second.root, proof)
    with pytest.raises(NotFound, match="44 events"):
        ledger.prove_consistency(23, 45)


def test_a_checkpoint_is_signed_again_only_when_it_is_old(filled: StoreBooks) -> None:
    hour = dt.timedelta(hours=1)
    old = ledger.sign_checkpoint(SIGNER, START + hour / 2, at_least=hour)
    assert open_checkpoint(old, SIGNER.verifier()).size == 43
    new = ledger.sign_checkpoint(SIGNER, START + hour, at_least=hour)
    assert open_checkpoint(new, SIGNER.verifier()).size == 44
    assert ledger.sign_checkpoint(SIGNER, START + hour) == new


def test_a_checkpoint_of_an_earlier_key_is_reported_and_its_root_still_checked(filled: StoreBooks) -> None:
    other = new_signer("other", bytes(32))
    found = ledger.verify(KINDS, other.verifier())
    assert [each.code for each in found.problems] == ["checkpoint_signature"] * 2


def test_other_sizes(sqlite_tables: None) -> None:
    assert found() == []
    ledger.sign_checkpoint(SIGNER, START)
    assert ledger.rebuild(KINDS) == 0
    assert found() == []
    fill(1100)
    assert found() == []
    assert ledger.rebuild(KINDS) == 3
    assert found() == []
