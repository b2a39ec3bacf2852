"""A process that assesses sales of a table for another one (see `batch.assess.in_processes`).

The setup is that of `app.law_context`: what the library was made from, and the day.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable

from entrepot import app
from entrepot.batch.assess.one_by_one import assess_request
from entrepot.batch.assess.process_pool import serve
from entrepot.law.library import Library


def prepare(setup: bytes) -> Callable[[bytes], bytes]:
    """From the setup, what assesses blocks of sales."""
    (folder, cache, overlays, data), today = pickle.loads(setup)  # noqa: S301  # from the process that started this one
    context = app.law_context(Library(folder, cache, overlays=overlays, data=data), today)

    def answer(question: bytes) -> bytes:
        columns, sales = pickle.loads(question)  # noqa: S301  # from the process that started this one
        return pickle.dumps([assess_request(each, columns, context) for each in sales])

    return answer


if __name__ == "__main__":
    serve(prepare)
