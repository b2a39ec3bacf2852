"""`python -m entrepot.trade_app.nodes.demo_desk`: what people do at one node of the demonstration, in a process of it.

A process has one database, so each node of the demonstration has a process of its own: the desk. It reads requests from
its input, one JSON object a line, calls the step that the request names, and writes one line with what it returned.

    {"step": "list_offers", "given": {}}  ->  {"result": …} | {"refused": {"code", "message"}} | {"fault": "…"}
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import IO, Any

from entrepot.model.errors import EntrepotError


def serve(steps: Mapping[str, Callable[..., Any]], requests: IO[str], answers: IO[str]) -> None:
    """Answer requests until the input ends."""
    for line in requests:
        request = json.loads(line)
        answers.write(json.dumps(answer(steps, request), ensure_ascii=False) + "\n")
        answers.flush()


def answer(steps: Mapping[str, Callable[..., Any]], request: Mapping[str, Any]) -> dict[str, Any]:
    """What a step returned, or why it was refused.

    >>> answer({"add": lambda one, other: one + other}, {"step": "add", "given": {"one": 1, "other": 2}})
    {'result': 3}
    """
    try:
        return {"result": steps[request["step"]](**request["given"])}
    except EntrepotError as error:
        return {"refused": {"code": getattr(error, "code", ""), "message": str(error)}}
    except Exception:  # noqa: BLE001  # the demonstration shows it
        return {"fault": traceback.format_exc()[-2000:]}


def main() -> None:
    """Run the steps of the demonstration."""
    from entrepot.trade_app.nodes.demo_steps import STEPS  # noqa: PLC0415  # it opens the database of the settings

    out, sys.stdout = sys.stdout, sys.stderr  # nothing but answers is written to the output
    serve(STEPS, sys.stdin, out)


if __name__ == "__main__":
    main()
