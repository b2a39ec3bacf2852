"""The figures of a run as a picture (SVG): rows a second by engine, and time against size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

COLOURS = {"entrepot": "#0b6e4f", "duckdb": "#d1a000", "polars": "#3a6ea5", "openfisca": "#8a8a8a"}
PLACES = {"JP": "Sales to Japan", "CN": "Sales to China"}


def draw(found: dict[str, Any], file: Path) -> None:
    """Draws what a run found; needs matplotlib."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "entrepot"  # the same figures give the same file
    from matplotlib import pyplot as plt

    places = [place for place in PLACES if place in found["places"]]
    with_sizes = any("sizes" in found["places"][place] for place in places)
    figure, boxes = plt.subplots(
        1 + with_sizes, len(places), figsize=(5.2 * len(places), 3.2 * (1 + with_sizes)), squeeze=False
    )
    for column, place in enumerate(places):
        _bars(boxes[0][column], found["places"][place], PLACES[place], found["titles"])
        if with_sizes:
            _lines(boxes[1][column], found["places"][place].get("sizes", []), found["titles"])
    figure.suptitle(f"{found['machine']['processor']}", fontsize=8, color="#555555")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _bars(box: Any, place: dict[str, Any], title: str, titles: dict[str, str]) -> None:
    """Rows a second, the median of the runs; the thin line spans the slowest to the quickest."""
    names = list(place["engines"])[::-1]
    paces = [place["engines"][name]["rows_a_second"] / 1e6 for name in names]
    spans = [
        [pace - place["engines"][name]["slowest"] / 1e6 for name, pace in zip(names, paces, strict=True)],
        [place["engines"][name]["quickest"] / 1e6 - pace for name, pace in zip(names, paces, strict=True)],
    ]
    box.barh(
        [titles[name] for name in names],
        paces,
        color=[COLOURS[name] for name in names],
        xerr=spans,
        error_kw={"lw": 0.8},
    )
    for y, pace in enumerate(paces):
        box.annotate(f" {pace:.3g}", (pace, y), va="bottom", fontsize=8)
    box.set_xlabel("million rows a second")
    box.set_title(f"{title}, {place['rows']:,} rows", fontsize=10)
    box.spines[["top", "right"]].set_visible(False)


def _lines(box: Any, sizes: list[dict[str, Any]], titles: dict[str, str]) -> None:
    """Seconds against the number of rows, both by powers of ten."""
    for name, title in titles.items():
        points = [(each["rows"], each[name]) for each in sizes if name in each]
        if points:
            box.plot(*zip(*points, strict=True), marker="o", ms=3, lw=1.2, color=COLOURS[name], label=title)
    box.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds")
    box.grid(which="major", lw=0.3)
    box.legend(fontsize=7, frameon=False)
    box.spines[["top", "right"]].set_visible(False)
