"""Records what a server answers to the examples of the API, for the OpenAPI document and `/docs`.

Run it after a change of an example, or of an answer: `python tests/web/record_results.py`.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from example_requests import send, stored_quote
from server_process import run_server

from entrepot.web.examples import EXAMPLES, QUOTE, RESULTS
from entrepot.web.trade_examples import TRADE_EXAMPLES

#: Examples whose answers are not shown: too long, not JSON, or different with every change of the search.
NOT_SHOWN = {("getSchema", "sale"), ("getSchema", "quote"), ("getMetrics", "metrics"), ("findGoods", "words"),
             ("quoteTable", "two-rows"), ("classifyGoods", "description"), ("classifyGoods", "several")}  # fmt: skip
#: Elements of a list that are shown.
SHOWN = 2
#: Values that differ with each request or release, and what is shown for them.
EXAMPLE_VALUES = {
    "hash": "9f2c…", "hash_again": "9f2c…", "created": "2026-03-01T08:00:00Z", "expires_at": "2026-03-31T08:00:00Z",
    "version": "0.1.0", "packs": 27, "languages": {"en": 6944},
}  # fmt: skip


def shown(value: Any, quote_id: str, *, short: bool) -> Any:
    """An answer as it is shown: without values of the moment, and with short lists."""
    if isinstance(value, dict):
        found = {name: shown(each, quote_id, short=short) for name, each in value.items()}
        number = {"id": quote_id} if str(value.get("id", "")).startswith("qt_") else {}
        return found | {name: EXAMPLE_VALUES[name] for name in value if name in EXAMPLE_VALUES} | number
    if isinstance(value, list):
        return [shown(each, quote_id, short=short) for each in (value[:SHOWN] if short else value)]
    return value


def agrees(recorded: Any, answer: Any) -> bool:
    """Whether a recorded answer is what the server answers now, values of the moment aside."""
    if isinstance(recorded, dict):
        return isinstance(answer, dict) and recorded.keys() == answer.keys() and all(
            name in EXAMPLE_VALUES or str(each).startswith("qt_") or agrees(each, answer[name])
            for name, each in recorded.items()
        )  # fmt: skip
    if isinstance(recorded, list):
        return isinstance(answer, list) and all(any(agrees(each, one) for one in answer) for each in recorded)
    return bool(recorded == answer)


def main() -> None:
    """Write the file."""
    found: dict[str, dict[str, Any]] = {}
    with run_server(Path(tempfile.mkdtemp())) as server:
        key = server.key()
        number = stored_quote(server, key)
        for operation, examples in EXAMPLES.items():
            for example in examples:
                if operation not in TRADE_EXAMPLES and (operation, example.name) not in NOT_SHOWN:
                    answer = send(server, operation, example, key, number).json()
                    short = operation not in ("createQuote", "getQuote")
                    found.setdefault(operation, {})[example.name] = shown(answer, QUOTE, short=short)
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{RESULTS} was written.")


if __name__ == "__main__":
    main()
