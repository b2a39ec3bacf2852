"""The figures of a run as Markdown, with the machine and the versions."""

from __future__ import annotations

from typing import Any

from chart import PLACES


def markdown(found: dict[str, Any]) -> str:
    """The tables of a run."""
    parts = ["# Tables, measured", _machine(found)]
    for place, title in PLACES.items():
        if place in found["places"]:
            parts += [f"## {title}", *_place(found["places"][place], found["titles"])]
    if "memory" in found:
        parts += ["## Memory", _memory(found["memory"])]
    return "\n\n".join(parts) + "\n"


def _machine(found: dict[str, Any]) -> str:
    stream = found["stream"]
    lines = [f"- {name}: {value}" for name, value in found["machine"].items()]
    lines.append(
        f"- engines: {', '.join(found['titles'].values())}; {found['threads']} threads for each that uses them"
    )
    lines.append(
        f"- memory, on {found['threads']} threads: copy {stream['copy'] / 1e9:.1f} GB/s,"
        f" triad {stream['triad'] / 1e9:.1f} GB/s"
    )
    lines.append(f"- load before and after: {found['load_before']}; {found['load_after']}")
    return "\n".join(lines)


def _place(place: dict[str, Any], titles: dict[str, str]) -> list[str]:
    head = (
        f"{place['rows']:,} sales of one line, drawn over {place['lines']:,} lines of the schedule and"
        f" {place['origins']} origins. Every answer equal on every row; {place['checked']:,} of them also equal to"
        f" `entrepot.quote`. Medians of {place['times']} runs in turn."
    )
    return [head, _paces(place, titles), *_bytes(place), *_one(place), *_files(place, titles), *_starts(place, titles)]


def _paces(place: dict[str, Any], titles: dict[str, str]) -> str:
    rows = [
        [
            titles[name],
            f"{each['rows_a_second']:,.0f}",
            f"{each['slowest']:,.0f} to {each['quickest']:,.0f}",
            f"{each['ns_a_row']:,.0f}",
            f"{each['processor_ns_a_row']:,.0f}",
            f"{each['busy']:.2f}",
            each["words"],
        ]
        for name, each in place["engines"].items()
    ]
    return table(["", "rows a second", "slowest to quickest", "ns a row", "of processors", "busy", ""], rows)


def _bytes(place: dict[str, Any]) -> list[str]:
    if "bandwidth" not in place:
        return []
    share = place["bandwidth"]
    return [
        f"A row is {share['in']:.0f} bytes in and {share['out']:.0f} bytes out; at Entrepot's pace that is"
        f" {share['moved'] / 1e9:.2f} GB/s, {share['share']:.1%} of the triad: "
        + ("memory bounds it." if share["share"] > 0.5 else "it is bound by work, not by memory.")
    ]


def _one(place: dict[str, Any]) -> list[str]:
    found = []
    if "quotes" in place:
        found.append(f"One at a time, `entrepot.quote`: {place['quotes']['each_second']:,.0f} a second.")
    if "peer" in place:
        each = place["peer"]
        found.append(
            f"{each['name']} {each['version']}, one at a time, on {each['sales']:,} of the checked sales that bear only"
            f" what it knows: {each['each_second']:,.0f} a second, its rates looked up for it;"
            f" a fen off on {each['off']}."
        )
    return found


def _files(place: dict[str, Any], titles: dict[str, str]) -> list[str]:
    if "files" not in place:
        return []
    files = place["files"]
    rows = [[titles[name], f"{files[name]['rows_a_second']:,.0f}"] for name in titles if name in files]
    head = f"From Parquet to Parquet, {files['rows']:,} rows, {files['bytes'] / 1e6:.0f} MB in:"
    return [head, table(["", "rows a second"], rows)]


def _starts(place: dict[str, Any], titles: dict[str, str]) -> list[str]:
    if "starts" not in place:
        return []
    parts = ("imports", "ready", "first", "again", "process")
    rows = [[titles[name], *(f"{each[part]:,.0f}" for part in parts)] for name, each in place["starts"].items()]
    return ["A fresh process, milliseconds:", table(["", *parts], rows)]


def _memory(memory: dict[str, Any]) -> str:
    rows = [
        [f"{int(many):,}", each.get("failed") or f"{each['peak_mb']:,.0f}", f"{each.get('seconds', 0):,.0f}"]
        for many, each in memory.items()
    ]
    return table(["rows of a Parquet file", "peak memory of `entrepot batch`, MB", "seconds"], rows)


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table of Markdown, figures to the right.

    >>> print(table(["", "n"], [["a", "1"]]))
    |  | n |
    | :-- | --: |
    | a | 1 |
    """
    lines = [head, [":--", *("--:" for _ in head[1:])], *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
