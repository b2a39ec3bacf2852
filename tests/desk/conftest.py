"""What the tests of the desk share: one desk that runs, for all that do not need their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("django", reason="the desk is not installed")
pytest.importorskip("granian", reason="the desk is not installed")
pytest.importorskip("httpx", reason="what asks the desk is not installed")

from serving import Desk, serving


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with serving(tmp_path_factory.mktemp("desk")) as running:
        yield running
