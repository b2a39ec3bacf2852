"""Progress bars of long commands, on standard error where it is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from entrepot.language.translate import _, number, plural

Step = Callable[[str], None]
#: Called with the rows that are done and the share of the table, from 0 to 1.
Rows = Callable[[int, float], None]


@contextmanager
def steps(*, quiet: bool) -> Iterator[Step]:
    """A moving bar without a known end; yields the function that shows the current step.

    >>> with steps(quiet=True) as step:
    ...     step("reading")
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _text: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda text: progress.update(task, description=text)


@contextmanager
def row_progress(*, quiet: bool) -> Iterator[Rows]:
    """A bar with the rows a second and the time left; yields the function that moves it."""
    if quiet or not sys.stderr.isatty():
        yield lambda _rows, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]}"),
        TextColumn("{task.fields[rate]}", style="dim"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, rows="", rate="")

        def update(rows: int, share: float) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = _("{n} rows per second").format(n=number(str(int(rows / elapsed)))) if elapsed > 0 else ""
            bar.update(task, completed=share, rows=plural(rows, "{n} row", "{n} rows"), rate=rate)

        yield update
