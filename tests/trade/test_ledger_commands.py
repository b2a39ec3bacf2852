"""`entrepot ledger`: what the commands print, and their exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django", reason="the server is not installed")

from django.db import connection

from entrepot import cli
from entrepot.store.trade.books import Keys, StoreBooks
from entrepot.trade.ledger.checkpoints import Verifier, open_checkpoint
from entrepot.trade.ledger.merkle import leaf_hash, tree_hash
from entrepot.trade.ledger.proofs import InvalidProof, check_consistency, check_inclusion, check_leaf
from entrepot.trade_app import ledger
from trade.adapters import DATA_KEY, HASH_KEY
from trade.tally import KINDS, Clock, counted, opened

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(
    sqlite_tables: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Run a command on this test's ledger; returns the exit code and what it wrote."""
    monkeypatch.setenv("ENTREPOT_KEY_FOLDER", str(tmp_path / "keys"))
    monkeypatch.setattr(ledger, "KINDS", KINDS)

    def call(*words: str) -> tuple[int, str]:
        code = cli.main(["ledger", *words, "--lang", "en"])
        output = capfdbinary.readouterr()
        return code, (output.out if code == 0 or "--json" in words else output.out + output.err).decode()

    return call


@pytest.fixture
def number(sqlite_tables: None) -> str:
    """A ledger of three events; the id of their object."""
    books = StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=Clock(), random=os.urandom)
    number = books.run(opened(stock=5))
    books.run(counted(number, 2))
    books.run(counted(number, 3, note="ເຂົ້າ"))
    return number


def test_a_good_ledger(run: Run, number: str) -> None:
    code, text = run("verify")
    assert (code, text.partition(". Root: ")[0]) == (0, "The ledger is verified: 3 events, 1 objects, 0 checkpoints")
    code, text = run("verify", "--json")
    found = json.loads(text)
    assert (code, found["verified"], found["events"], found["problems"]) == (0, True, 3, [])
    assert run("")[0] == 2  # no such command
    assert run("rebuild") == (0, "1 object was computed again from its events.\n")


def test_a_changed_event_is_named(run: Run, number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE store_ledgerevent SET content = replace(content, 'by\":2', 'by\":9') WHERE position = 2")
    code, text = run("verify")
    assert code == 1
    assert text.startswith("The event at position 2 (ev_")
    assert text.endswith("The ledger has 3 problems.\n")
    code, text = run("verify", "--json")
    first = json.loads(text)["problems"][0]
    assert (code, first["code"], first["position"]) == (1, "chain", 2)
    assert run("rebuild")[0] == 74


def test_an_event_is_proved_and_checked_by_who_has_only_the_key(run: Run, number: str, tmp_path: Path) -> None:
    note = run("checkpoint")[1]
    described = json.loads(run("checkpoint", "--json")[1])
    assert described["note"] == note
    key = described["key"]
    code, text = run("prove", "3")
    proof = json.loads(text)
    assert (code, proof["event"]["payload"]) == (0, {"by": 3, "note": "ເຂົ້າ"})
    file = tmp_path / "proof.json"
    file.write_text(text)
    assert run("check", str(file), "--key", key)[0] == 0
    event, checkpoint = check_inclusion(proof, key)
    assert (event.stream, checkpoint.size, checkpoint.root.hex()) == (number, 3, described["root"])
    file.write_text(text.replace('"by":3', '"by":4'))
    code, text = run("check", str(file), "--key", key, "--json")
    assert (code, json.loads(text)["error"]["code"]) == (1, "invalid_proof")
    for words, expected in (
        (("check", str(file)), 2),
        (("check", str(tmp_path / "none.json"), "--key", key), 2),
        (("check", str(tmp_path), "--key", key), 2),
        (("prove", "4"), 5),
        (("prove", "ev_x"), 5),
        (("verify", "--key", key), 0),
        (("verify", "--key", "x"), 2),
        (("export", "--after", "x"), 2),
    ):
        assert run(*words)[0] == expected, words


def test_wrong_proofs_are_refused(run: Run, number: str) -> None:
    proof = json.loads(run("prove", "2")[1])
    key = proof["key"]
    changes: list[dict[str, Any]] = [
        {"position": 1},
        {"position": 0},
        {"proof": []},
        {"proof": ["x"]},
        {"checkpoint": ""},
        {"event": {}},
        {"event": {**proof["event"], "more": 1}},
        {"event": {**proof["event"], "time": "2026-03-02T00:00:00.000Z"}},
        {"checkpoint": proof["checkpoint"].replace("\n3\n", "\n4\n")},
    ]
    for changed in changes:
        with pytest.raises(InvalidProof):
            check_inclusion({**proof, **changed}, key)
    nothing: list[Any] = [{}, [], None]
    for wrong in nothing:
        with pytest.raises(InvalidProof):
            check_inclusion(wrong, key)
    with pytest.raises(InvalidProof):
        check_inclusion(proof, "")


def test_a_proof_without_its_event_proves_its_hash(run: Run, number: str, tmp_path: Path) -> None:
    proof = json.loads(run("prove", "2")[1])
    key, hidden = proof["key"], {**proof, "event": None}
    assert check_leaf(hidden, key).size == 3
    with pytest.raises(InvalidProof, match="check_leaf"):
        check_inclusion(hidden, key)
    wrongs: list[dict[str, Any]] = [
        {"leaf": "00" * 32}, {"leaf": ""}, {"position": 1}, {"proof": []}, {"checkpoint": ""},
    ]  # fmt: skip
    for wrong in wrongs:
        with pytest.raises(InvalidProof):
            check_leaf({**hidden, **wrong}, key)
    with pytest.raises(InvalidProof, match="names 0000"):
        check_inclusion({**proof, "leaf": "00" * 32}, key)
    file = tmp_path / "leaf.json"
    file.write_text(json.dumps(hidden))
    code, text = run("check", str(file), "--key", key, "--json")
    assert (code, json.loads(text)["leaf"]) == (0, proof["leaf"])
    assert proof["leaf"] in run("check", str(file), "--key", key)[1]
    file.write_text(json.dumps({**hidden, "position": 1}))
    assert run("check", str(file), "--key", key)[0] == 1


def test_two_checkpoints_are_of_one_ledger(run: Run, number: str) -> None:
    first = json.loads(run("checkpoint", "--json")[1])
    books = StoreBooks(KINDS, Keys(DATA_KEY, HASH_KEY), now=Clock(), random=os.urandom)
    books.run(counted(number))
    second = json.loads(run("checkpoint", "--json")[1])
    proof = [each.hex() for each in ledger.prove_consistency(3, 4)]
    check_consistency(first["note"], second["note"], proof, first["key"])
    for wrong in ([""], proof[:-1], ["zz"], [*proof, proof[0]]):
        with pytest.raises(InvalidProof):
            check_consistency(first["note"], second["note"], wrong, first["key"])
    with pytest.raises(InvalidProof):
        check_consistency(second["note"], first["note"], proof, first["key"])


def test_an_export_is_what_the_tree_hashes(run: Run, number: str, tmp_path: Path) -> None:
    lines = run("export")[1].splitlines()
    root = tree_hash([leaf_hash(line.encode()) for line in lines]).hex()
    assert json.loads(run("verify", "--json")[1])["root"] == root
    assert run("export", "--after", "2")[1].splitlines() == lines[2:]
    file = tmp_path / "events.jsonl"
    assert run("export", "--to", str(file)) == (0, "3 events were written.\n")
    assert file.read_text().splitlines() == lines
    assert run("export", "--to", str(file))[0] == 74  # the file exists
    assert json.loads(lines[0])["kind"] == "tally.opened"


def test_a_lost_key_is_explained_and_forgotten_on_request(run: Run, number: str, tmp_path: Path) -> None:
    old = json.loads(run("checkpoint", "--json")[1])
    (tmp_path / "keys" / "ledger-signing.key").rename(tmp_path / "lost")
    code, text = run("checkpoint")
    assert code == 74
    assert "entrepot ledger forget-key ledger-signing" in text
    assert run("forget-key", "ledger-signing")[0] == 2  # not without --yes
    assert run("forget-key", "ledger-signing", "--yes")[0] == 0
    new: dict[str, Any] = json.loads(run("checkpoint", "--json")[1])
    assert new["key"] != old["key"]
    # The old checkpoint is of a key that this node no longer has; the old public key still checks it.
    assert open_checkpoint(old["note"], Verifier.read(old["key"])).size == 3
    assert run("forget-key", "ledger-signing", "--yes")[0] == 74  # the file is there
    assert run("forget-key", "other", "--yes")[0] == 74


def test_the_first_verification_of_a_fresh_machine(run: Run) -> None:
    code, text = run("verify", "--json")
    assert (code, json.loads(text)["root"]) == (0, sha256().hexdigest())
