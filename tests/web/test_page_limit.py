"""Pages are open to anybody, also where the API asks for keys: whoever asks for too many a minute has to wait."""

from __future__ import annotations

from pathlib import Path

import httpx
from server_process import run_server

from entrepot.web.http.api_keys import ANONYMOUS_PER_MINUTE

QUOTE = "?from=VN&to=CN&what=0901.21&amount=100&currency=CNY&for=consumer&on=2026-03-01"


def test_whoever_asks_for_too_many_pages_has_to_wait(tmp_path: Path) -> None:
    with (
        run_server(tmp_path / "desk", ENTREPOT_KEYS="required") as server,
        httpx.Client(base_url=server.url, timeout=60) as reader,
    ):
        key, given = server.key(), list[int]()
        # A minute may end in between: then it is counted anew, once.
        while len(given) < 2 * ANONYMOUS_PER_MINUTE and 429 not in given:
            given.append(reader.get("/vi/law/").status_code)
        assert set(given[:-1]) == {200}
        assert given[-1] == 429
        assert len(given) > ANONYMOUS_PER_MINUTE
        for path in (f"/vi/{QUOTE}", "/vi/law/CN/?q=coffee", "/vi/law/CN/diff", "/vi/batch/", "/vi/quotes/x.pdf"):
            told = reader.get(path)
            if told.status_code != 429:  # a new minute
                break
            assert "Quá nhiều cùng lúc" in told.text
            assert 0 < int(told.headers["retry-after"]) <= 60
        # A key is counted by itself, and what a page asks by itself is not counted.
        assert reader.get("/v1/economies", headers=key).status_code == 200
        assert reader.get(f"/vi/batch/{'0' * 32}/progress.json").status_code == 404
