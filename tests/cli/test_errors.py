"""Errors are one sentence with an exit code, never a traceback."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot.app import library
from entrepot.cli import commands, quote

Run = Callable[..., Any]

GOOD = {"--from": "VN", "--to": "CN", "--hs": "0901.21", "--amount": "100 CNY"}


def quote_args(**changed: str | None) -> list[str]:
    options = {**GOOD, **{f"--{name.replace('_', '-')}": value for name, value in changed.items()}}
    return ["quote", *(word for name, value in options.items() if value is not None for word in (name, value))]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["quote"], 2, "Give what is sold"),
        (["quot"], 2, "Did you mean"),
        (["quote", "--bogus"], 2, "--bogus"),
        (quote_args(hs=None), 2, "--hs"),
        (quote_args(amount=None), 2, "--amount"),
        (quote_args(amount="100"), 2, "currency"),
        (quote_args(amount="1,5 CNY"), 2, "1234.50"),
        (quote_args(amount="five CNY"), 2, "--amount"),
        *[(quote_args(amount=f"{text} CNY"), 2, "--amount") for text in ("1_000", "+5", ".5", "5.", "1e3", "٣", "NaN")],
        (quote_args(quantity="1_000"), 2, "--quantity"),
        (quote_args(on="2026-02-30"), 2, '--on: "2026-02-30" is not a date: the days of 2026-02 are 01 to 28.'),
        (quote_args(on="2026/03/01"), 2, "Write it as YYYY-MM-DD, for example 2026-03-01."),
        (quote_args(shipping="5 USD"), 2, "one currency"),
        (quote_args(on="2026-13-01"), 2, "--on"),
        (quote_args(on="20260301"), 2, "--on"),
        (quote_args(buyer="compny"), 2, "consumer | business"),
        (quote_args(rate_of="USD"), 2, "USD=7.08"),
        (quote_args(lang="fr"), 2, "en | zh | vi | th | km"),
        (["quote", "no-such.json"], 2, "no-such.json"),
        (["quote", "/"], 2, "cannot be read"),
        (["quote", "sale.json", "--hs", "090121"], 2, "--hs"),
        (quote_args(**{"from": "XX"}), 3, "--from"),
        (quote_args(**{"from": "vietnm"}), 3, "Did you mean"),
        (quote_args(hs="09"), 3, "--hs"),
        (quote_args(hs="coffee"), 3, "entrepot goods coffee"),
        (quote_args(amount="¥100"), 3, "CNY, JPY"),
        (quote_args(amount="0 CNY"), 3, "--amount"),
        (quote_args(amount="-5 CNY"), 3, "--amount"),
        (quote_args(hs=None, service="telemedicin"), 3, "telemedicine"),
        (quote_args(duty="abc"), 3, "--duty"),
        (quote_args(proof="form_x"), 3, "--proof"),
        (quote_args(to="BR"), 5, "Brazil"),
        (quote_args(packs="/no-such"), 5, "/no-such"),
        (["law", "CN"], 2, "entrepot law CN 0901.21"),
        (["law", "CN", "abc"], 2, "abc"),
        (["law", "BR", "090121"], 5, "Brazil"),
        (["agreements", "VN"], 2, "entrepot agreements VN CN"),
        (["agreements", "VN", "Atlantis"], 3, "Atlantis"),
        (["agreements", "VN", "Vietnam"], 5, "between two economies"),
        (["law", "diff", "CN"], 2, "--from"),
        (["law", "diff", "CN", "--from", "2026-01-01", "--to", "2025-01-01"], 2, "earlier"),
        (["packs", "show", "cx"], 5, "entrepot packs"),
        (["packs", "check"], 2, "PATH"),
        (["orders"], 2, "a page of the web server. Start that with `entrepot serve`"),
        (quote_args(rate="foo=3%"), 3, "Known: "),
        (quote_args(to="Trugn"), 3, "for example VN. (--to)"),
    ],
)
def test_an_error_is_one_sentence_with_its_exit_code(entrepot: Run, words: list[str], code: int, says: str) -> None:
    ended = entrepot(*words)
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith("error: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err
    in_json = entrepot(*words, "--json")
    assert in_json.code == code
    assert set(json.loads(in_json.out)["error"]) == {"type", "code", "message", "param"}


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b"\xff\xfe{",
        b"[" * 100_000,
        b'{"lines": 1}',
        b'{"a": NaN}',
        b'{"ship_from": {"cuntry": "VN"}}',
    ],
)
def test_input_that_is_not_a_sale_is_an_error(entrepot: Run, given: bytes) -> None:
    ended = entrepot("quote", "-", "--json", given=given)
    assert ended.code == 3
    assert json.loads(ended.out)["error"]["message"]


def test_input_beyond_eight_megabytes_is_not_read(entrepot: Run) -> None:
    ended = entrepot("quote", "-", given=b" " * (8 * 1024 * 1024 + 1))
    assert ended.code == 3
    assert "8 MB" in ended.err


def test_a_wrong_field_is_named_by_its_path(entrepot: Run) -> None:
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "currency": "CNY",
        "lines": [{"hs_code": "090121", "amuont": "1"}],
    }
    ended = entrepot("quote", "-", "--json", given=json.dumps(sale).encode())
    error = json.loads(ended.out)["error"]
    assert error["param"].endswith("amuont")
    assert "amount" in error["message"]


def test_a_field_given_twice_is_an_error(entrepot: Run) -> None:
    ended = entrepot("quote", "-", "--json", given=b'{"currency": "CNY", "currency": "USD"}')
    assert ended.code == 3
    error = json.loads(ended.out)["error"]
    assert (error["code"], error["param"]) == ("duplicate_field", "currency")
    assert "hai lần" in entrepot("quote", "-", "--lang", "vi", given=b'{"lines": [{"amount": 1, "amount": 9}]}').err


def test_control_characters_of_a_caller_do_not_reach_the_terminal(entrepot: Run) -> None:
    ended = entrepot("quote", "x\x1b[31m.json")
    assert ended.code == 2
    assert "\x1b" not in ended.err


def test_an_error_in_a_pack_names_its_file(entrepot: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_CACHE", str(tmp_path / "cache"))
    for name in ("world", "zz"):
        shutil.copytree(library().folder / name, tmp_path / "packs" / name)
    with (tmp_path / "packs" / "zz" / "tariff.csv").open("a", encoding="utf-8") as file:
        file.write("nonsense,mfn\n")
    words = ["quote", "--from", "VN", "--to", "ZZ", "--hs", "090121", "--amount", "1 ZZD"]
    ended = entrepot(*words, "--packs", str(tmp_path / "packs"))
    assert ended.code == 1
    assert "zz/tariff.csv" in ended.err
    checked = entrepot("packs", "check", str(tmp_path / "packs" / "zz"))
    assert checked.code == 1
    assert "zz/tariff.csv" in checked.out
    assert entrepot("packs", "--packs", str(tmp_path / "packs")).code == 0


def test_an_internal_error_has_no_traceback(entrepot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_given: Any) -> int:
        raise ZeroDivisionError("a\nslip")

    monkeypatch.setattr(quote, "run", fails)
    ended = entrepot(*quote_args())
    assert ended.code == 70
    assert "ZeroDivisionError" in ended.err
    assert "Traceback" not in ended.err


def test_interrupting_ends_quietly(entrepot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_given: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(quote, "run", interrupted)
    ended = entrepot(*quote_args())
    assert (ended.code, ended.out, ended.err) == (130, "", "")


def test_a_closed_pipe_prints_no_error() -> None:
    for words in (["demo", "--json"], ["law", "CN", "0901"], ["--help"]):
        process = subprocess.Popen(
            [sys.executable, "-m", "entrepot", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait(120) in (1, 141)
        process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_output_that_cannot_be_written_is_an_error() -> None:
    for extra in ([], ["--json"]):
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "entrepot", *quote_args(), *extra],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert done.returncode == 74
        assert b"Traceback" not in done.stderr


def test_arguments_that_are_not_unicode_are_an_error_without_traceback(tmp_path: Path) -> None:
    words: list[str | bytes] = [
        sys.executable,
        "-m",
        "entrepot",
        "quote",
        "--from",
        "VN",
        "--to",
        "CN",
        "--amount",
        "1 CNY",
        "--hs",
        b"\xff",
    ]
    for extra in ([], ["--json"]):
        done = subprocess.run([*words, *extra], capture_output=True, check=False, env={"PYTHONIOENCODING": "ascii"})
        assert done.returncode == 3
        assert b"Traceback" not in done.stderr


def test_every_exit_code_is_in_the_help(entrepot: Run) -> None:
    assert commands.build_command() is not None
    for words in (["--help"], ["quote", "--help"], []):
        ended = entrepot(*words)
        assert ended.code == 0
        for code in range(6):
            assert f"\n {code}  " in ended.out


@pytest.mark.parametrize("text", ["1,000", "1 000", "1'000", "１０００", "1000.00"])  # as it is typed
def test_a_number_is_read_in_the_forms_in_which_it_is_typed(entrepot: Run, text: str) -> None:
    asked = entrepot(*quote_args(amount=f"{text} CNY"), "--json")
    assert asked.out == entrepot(*quote_args(amount="1000 CNY"), "--json").out
