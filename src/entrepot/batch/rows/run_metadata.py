"""memo: what a run was asked, kept inside the outputs that can hold it, so that a row can be looked at again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from entrepot.model import json

METADATA_KEY = b"entrepot"


class RunOptions(Protocol):
    """The part of a job that an answer depends on, besides the table and the law."""

    @property
    def mapping(self) -> Mapping[str, str | None]:
        """Theirs to ours."""

    @property
    def constants(self) -> Mapping[str, str]:
        """The fields that were set for all rows."""

    @property
    def on(self) -> dt.date | None:
        """The day in place of every date."""


class RunMetadata(msgspec.Struct, frozen=True):
    """What a run was asked. `today`: the day of the law for rows without a date."""

    mapping: dict[str, str | None] = {}
    constants: dict[str, str] = {}
    on: dt.date | None = None
    today: dt.date | None = None


_READ = msgspec.json.Decoder(RunMetadata)


def add_run_metadata(metadata: Mapping[bytes, bytes] | None, job: RunOptions, today: dt.date) -> dict[bytes, bytes]:
    """The metadata of a schema with a memo beside what is there already."""
    memo = RunMetadata(dict(job.mapping), dict(job.constants), job.on, today)
    return {**(metadata or {}), METADATA_KEY: msgspec.json.encode(memo, order="deterministic")}


def read_run_metadata(metadata: Mapping[bytes, Any] | None) -> RunMetadata:
    """The memo of a schema; an empty one where there is none.

    >>> read_run_metadata(None).mapping
    {}
    """
    try:
        return json.decode((metadata or {}).get(METADATA_KEY, b"{}"), _READ)
    except msgspec.DecodeError:
        return RunMetadata()
