"""Pages need no key, also if the API does: too many a minute get 429."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from server_process import run_server

from entrepot.web.http.api_keys import ANONYMOUS_PER_MINUTE

QUOTE = "?from=VN&to=CN&what=0901.21&amount=100&currency=CNY&for=consumer&on=2026-03-01"


@pytest.mark.long
def test_too_many_pages_a_minute_get_429(tmp_path: Path) -> None:
    with (
        run_server(tmp_path / "server", ENTREPOT_KEYS="required") as server,
        httpx.Client(base_url=server.url, timeout=60) as reader,
    ):
        key, given = server.key(), list[int]()
        # A minute may end in between: then the count starts again.
        while len(given) < 20 * ANONYMOUS_PER_MINUTE and 429 not in given:
            given.append(reader.get("/vi/law/").status_code)
        assert set(given[:-1]) == {200}
        assert given[-1] == 429
        assert len(given) > ANONYMOUS_PER_MINUTE
        for path in (f"/vi/{QUOTE}", "/vi/law/CN/?q=coffee", "/vi/law/CN/diff", "/vi/batch/", "/vi/quotes/x.pdf"):
            answer = reader.get(path)
            if answer.status_code != 429:  # a new minute
                break
            assert "Quá nhiều yêu cầu" in answer.text
            assert 0 < int(answer.headers["retry-after"]) <= 60
        # A key has its own limit, and the polling of a page is not counted.
        assert reader.get("/v1/economies", headers=key).status_code == 200
        assert reader.get(f"/vi/batch/{'0' * 32}/progress.json").status_code == 404
