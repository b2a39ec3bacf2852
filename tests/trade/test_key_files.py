"""The keys that are not in the database: made once, readable by this user only, and missed when they are lost."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("django", reason="the server is not installed")

from entrepot.store import key_files
from entrepot.store.key_files import FILES, KeyFault, open_keys

pytestmark = pytest.mark.usefixtures("sqlite_tables")


def test_keys_are_made_once_and_only_their_user_reads_them(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    keys = open_keys(folder)
    assert open_keys(folder) == keys
    assert len({keys.data, keys.hashes, keys.signer.seed}) == 3
    assert {each.name: oct(each.stat().st_mode & 0o777) for each in folder.iterdir()} == {
        "identity-hash.key": "0o600",
        "ledger-signing.key": "0o600",
        "personal-data.key": "0o600",
    }
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert key_files.known_check(key_files.SIGNING) == keys.signer.verifier().text()


@pytest.mark.parametrize("kind", FILES, ids=lambda kind: kind.name)
def test_a_lost_exchanged_or_damaged_key_is_noticed(tmp_path: Path, kind: key_files.KeyFile[bytes]) -> None:
    key_files.open_key(kind, tmp_path)
    file = tmp_path / f"{kind.name}.key"
    text = file.read_text()
    file.unlink()
    with pytest.raises(
        KeyFault, match=rf"{file} is missing. Restore it from a backup. Without it .*forget-key {kind.name}"
    ):
        key_files.open_key(kind, tmp_path)
    file.write_text(kind.make())
    with pytest.raises(KeyFault, match="not the one with which this database was written"):
        key_files.open_key(kind, tmp_path)
    file.write_text(text[:-8])
    with pytest.raises(KeyFault, match="is damaged"):
        key_files.open_key(kind, tmp_path)
    file.write_text(text)
    key_files.open_key(kind, tmp_path)


def test_the_key_of_documents_is_replaced_and_the_old_one_is_gone(tmp_path: Path) -> None:
    before = key_files.open_document_seed(tmp_path)
    text = (tmp_path / "document-signing.key").read_text()
    after = key_files.replace_document_seed(tmp_path)
    assert after != before
    assert key_files.open_document_seed(tmp_path) == after
    assert (tmp_path / "document-signing.key").read_text() != text
    assert [each.name for each in tmp_path.iterdir()] == ["document-signing.key"]


def test_a_key_is_replaced_while_another_process_opens_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, unlink, others = key_files.open_document_seed(tmp_path), Path.unlink, [1]

    def open_first(path: Path, *, missing_ok: bool = False) -> None:
        if path.name == "document-signing.key" and others:
            others.pop()
            assert key_files.open_document_seed(tmp_path) == before
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", open_first)
    after = key_files.replace_document_seed(tmp_path)
    assert (before != after, others) == (True, [])
    assert key_files.open_document_seed(tmp_path) == after


def test_after_a_loss_a_new_key_is_made_when_the_operator_says_so(tmp_path: Path) -> None:
    before = open_keys(tmp_path)
    (tmp_path / "personal-data.key").unlink()
    assert key_files.forget("personal-data")
    after = open_keys(tmp_path)
    assert after.data != before.data
    assert after[1:] == before[1:]
    assert not key_files.forget("nothing")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeyFault, match=r"cannot be written.*ENTREPOT_KEY_FOLDER"):
        open_keys(tmp_path / "file" / "keys")
