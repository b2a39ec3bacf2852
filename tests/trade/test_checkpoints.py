"""Signed notes against the example of Go's reference implementation, and checkpoints."""

from __future__ import annotations

import pytest

from entrepot.trade.ledger.checkpoints import (
    Checkpoint,
    InvalidNote,
    Signer,
    Verifier,
    new_signer,
    open_checkpoint,
    open_note,
    read_checkpoint,
)

#: The documentation and tests of golang.org/x/mod/sumdb/note.
PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
SIGNED = (
    TEXT
    + "\n— PeterNeumann "
    + "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ANOTHER = new_signer("another", bytes(range(32)))


def test_notes_are_those_of_the_reference_implementation() -> None:
    signer = Signer.read(PRIVATE)
    assert signer.sign(TEXT) == SIGNED
    assert (signer.text(), signer.verifier().text()) == (PRIVATE, PUBLIC)
    assert open_note(SIGNED, Verifier.read(PUBLIC)) == TEXT


def test_a_changed_note_is_refused() -> None:
    verifier = Verifier.read(PUBLIC)
    for wrong in (
        SIGNED.replace("answer", "Answer"),
        SIGNED.replace("x08go/ZJ", "x08go/ZK"),
        SIGNED.replace("— ", "- "),
        SIGNED.removesuffix("\n"),
        SIGNED + "more\n",
        TEXT,
        "",
        ANOTHER.sign(TEXT),
    ):
        with pytest.raises(InvalidNote):
            open_note(wrong, verifier)


def test_signatures_of_other_keys_are_ignored() -> None:
    both = SIGNED + ANOTHER.sign(TEXT).rpartition("\n\n")[2]
    assert open_note(both, Verifier.read(PUBLIC)) == open_note(both, ANOTHER.verifier()) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        "",
        PUBLIC[1:],
        PUBLIC.replace("c74f20a3", "c74f20a4"),
        PUBLIC.replace("+c7", " +c7"),
        PUBLIC[:-4],
        PUBLIC.replace("ARpc", "AhpC"),
        PUBLIC + "*",
    ],
)
def test_a_damaged_key_is_refused(text: str) -> None:
    with pytest.raises(InvalidNote):
        Verifier.read(text)
    with pytest.raises(InvalidNote):
        Signer.read(PRIVATE.replace(PUBLIC[:10], text[:10] + "x"))


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    checkpoint = Checkpoint("shop.example/ledger", 7, bytes(range(32)))
    note = ANOTHER.sign(checkpoint.text())
    assert open_checkpoint(note, ANOTHER.verifier()) == checkpoint
    # The form of https://c2sp.org/tlog-checkpoint: origin, size, root; lines after them are extensions.
    assert note.split("\n")[:3] == ["shop.example/ledger", "7", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
    assert read_checkpoint(checkpoint.text() + "an extension\n") == checkpoint


@pytest.mark.parametrize(
    "text", ["", "a\n", "a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "\n1\nAAAA\n", "a\n1\nAAAA\n", "a\n1\n*\n"]
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InvalidNote):
        read_checkpoint(text)


def test_a_key_without_a_name_is_named_after_itself() -> None:
    signer = new_signer("", bytes(32))
    assert signer.name.startswith("entrepot-")
    assert Signer.read(signer.text()) == signer
    with pytest.raises(InvalidNote):
        new_signer("", bytes(31))
