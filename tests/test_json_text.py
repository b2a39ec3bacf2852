"""Untrusted JSON: its depth is limited before it is decoded, and duplicate names of an object are found."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import entrepot
from entrepot.batch.formats import json_lines
from entrepot.batch.rows import run_metadata
from entrepot.cli.exit_codes import Stop
from entrepot.cli.sale_file import read_json
from entrepot.client import errors
from entrepot.client.requests import store_quote
from entrepot.model.errors import EntrepotError, ScheduleError, TableError
from entrepot.model.json import MAX_DEPTH, TooDeep, check_depth, decode, depth, repeated_name
from entrepot.schedules.formats.gb.document import read_document
from entrepot.schedules.formats.us.lines import read_lines

NAMES = st.sampled_from(['"a"', '"\\u0061"', '"b"', '"c:d"', '"\\":"', '" :"'])
SPACE = st.sampled_from(["", " ", "\t", "\n", "\r"])
VALUES = st.sampled_from(["1", "0.5e3", "null", '"a"', '"a: b"', '"\\":"', '"\\n :"'])


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    field = st.builds(
        lambda name, before, behind, value: f"{name}{before}:{behind}{value}", NAMES, SPACE, SPACE, values
    )
    return st.lists(field, max_size=4).map(lambda fields: "{" + ",".join(fields) + "}")


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda each: "[" + ",".join(each) + "]")


ANY = st.recursive(VALUES, lambda inner: objects(inner) | lists(inner), max_leaves=12)


@given(objects(ANY))
def test_only_a_name_given_twice_is_found(text: str) -> None:
    repeated: list[str] = []

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.extend(name for name in names if names.count(name) > 1)
        return dict(pairs)

    json.loads(text, object_pairs_hook=noted)
    found = repeated_name(text.encode(), msgspec.json.decode(text))
    assert (found is not None) == bool(repeated)
    assert found is None or any(found.endswith(name) for name in repeated)


def test_a_long_name_over_many_values_uses_little_memory() -> None:
    text = b'{"' + b"k" * 200_000 + b'":[' + b",".join([b"[]"] * 50_000) + b'],"x":"\\":"}'
    assert repeated_name(text, msgspec.json.decode(text)) is None


def arrays(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def nested_objects(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


def alternating(levels: int) -> bytes:
    opened = (b'[{"a":' * levels)[: 6 * (levels // 2) + levels % 2]
    return opened + b"1" * (levels % 2 == 0) + b"]" * (levels % 2) + b"}]" * (levels // 2)


def unclosed(levels: int) -> bytes:
    return b"[" * levels


def beside_much_else(levels: int) -> bytes:
    return b'{"a":[' + b",".join([b'{"b":"\\"]["}'] * 500) + b'],"c":' + nested_objects(levels - 1) + b"}"


SHAPES = pytest.mark.parametrize("shape", [arrays, nested_objects, alternating, unclosed, beside_much_else])


@SHAPES
@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 1_000, 200_000])
def test_json_nested_too_deeply_is_refused_with_its_depth(shape: Callable[[int], bytes], levels: int) -> None:
    for text in (shape(levels), shape(levels).decode()):
        with pytest.raises(TooDeep, match=f"nested {levels} levels deep: at most {MAX_DEPTH} are allowed"):
            decode(text)


@SHAPES
def test_json_of_the_greatest_allowed_depth_is_decoded(shape: Callable[[int], bytes]) -> None:
    text = shape(MAX_DEPTH)
    check_depth(text)
    assert shape is unclosed or decode(text) == json.loads(text)


def _depth_of(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(_depth_of, inner), default=0)


IN_TEXTS = st.text(st.sampled_from('[]{}"\\\n,:x'), max_size=12)
DEEP_VALUES = st.recursive(
    IN_TEXTS | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(IN_TEXTS, inner, max_size=4),
    max_leaves=40,
)


@given(DEEP_VALUES, st.sampled_from([None, 1]))
def test_the_depth_is_that_of_the_decoded_value(value: Any, indent: int | None) -> None:
    assert depth(json.dumps(value, indent=indent).encode()) == _depth_of(value)


def test_a_string_across_two_blocks_stays_one_string() -> None:
    # After its first quotation mark the string is longer than a piece (64 KiB), with brackets and marks in it.
    text = json.dumps(["[{" * 40_000 + '"' * 7 + "\\" * 9 + "[" * 70_000, [["]"]]]).encode()
    assert depth(text) == 3
    assert decode(text)[1] == [["]"]]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"[" * 5_000_000, marks=pytest.mark.long),
        b"[]," * 1_700_000,
        pytest.param(b'"[",' * 1_250_000, marks=pytest.mark.long),
        b'"[[","]"' * 600_000,
        b'"\\"' * 1_250_000 + b"[" * 65,
        b'"' * 4_999_900 + b"[" * 65,
    ],
)
def test_five_megabytes_of_brackets_are_counted_in_one_pass(text: bytes) -> None:
    started = time.thread_time()
    depth(text)
    took = time.thread_time() - started
    # Apart from the time: each allocation that is traced takes twenty times as long.
    tracemalloc.start()
    depth(part := text[: len(text) // 5])
    (_now, peak) = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 10, "some 0.4 s on a machine that does nothing else"
    assert peak < 5 * len(part) + 5_000_000, "some copies of the text, and the levels of one piece of it"


DEEP = arrays(200_000)


def test_every_reader_of_json_refuses_deep_nesting(tmp_path: Path) -> None:
    (file := tmp_path / "deep.json").write_bytes(DEEP)
    with pytest.raises(Stop, match="nested 200000 levels deep: at most 64 are allowed"):
        read_json(DEEP)
    with pytest.raises(TableError, match="Line 7 cannot be read as JSON: it is nested 200000 levels deep"):
        json_lines.parse_row(DEEP, 7)
    with pytest.raises(ScheduleError, match="nested 200000 levels deep"):
        list(read_lines([file]))
    with pytest.raises(ScheduleError, match="nested 200000 levels deep"):
        read_document(file)
    with pytest.raises(EntrepotError, match="nested 200001 levels deep"):
        store_quote({}, None).read(b'{"id":' + DEEP + b"}")
    with pytest.raises(TooDeep):
        entrepot.Quote.from_json(b'{"unknown":' + DEEP + b"}")
    assert errors.refusal(500, b'{"error":' + DEEP + b"}", None, None).code == "http_500"
    assert (
        run_metadata.read_run_metadata({run_metadata.METADATA_KEY: b'{"mapping":' + DEEP + b"}"})
        == run_metadata.RunMetadata()
    )


def test_the_client_reads_a_response_of_allowed_depth() -> None:
    assert errors.refusal(500, b'{"error":{"type":"a","code":"b","message":"c","x":[[]]}}', None, None).code == "b"


def test_deep_nesting_does_not_crash_a_process_with_a_small_stack() -> None:
    code = (
        "import sys, threading; threading.stack_size(256 << 10); from entrepot.model import json as json_text\n"
        "def read():\n"
        "    for text in (b'[' * 200_000, b'{\"a\":' * 200_000, b'[{\"a\":' * 200_000):\n"
        "        try: json_text.decode(text)\n"
        "        except json_text.TooDeep: print('refused')\n"
        "    print(len(str(json_text.decode(b'[' * 64 + b']' * 64))))\n"
        "thread = threading.Thread(target=read); thread.start(); thread.join()"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["refused"] * 3 + ["128"]
