"""The options of a run, stored in the metadata of its output, so that a row can be explained later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from entrepot.model import json

METADATA_KEY = b"entrepot"


class RunOptions(Protocol):
    """The options of a job on which an answer depends, besides the table and the law."""

    @property
    def mapping(self) -> Mapping[str, str | None]:
        """The table's column names to fields."""

    @property
    def constants(self) -> Mapping[str, str]:
        """The fields that are set for all rows."""

    @property
    def on(self) -> dt.date | None:
        """The day in place of every date."""


class RunMetadata(msgspec.Struct, frozen=True):
    """The options of a run. `today`: the day of the law for rows without a date."""

    mapping: dict[str, str | None] = {}
    constants: dict[str, str] = {}
    on: dt.date | None = None
    today: dt.date | None = None


_READ = msgspec.json.Decoder(RunMetadata)


def add_run_metadata(metadata: Mapping[bytes, bytes] | None, job: RunOptions, today: dt.date) -> dict[bytes, bytes]:
    """The metadata of a schema with the options of a run added."""
    metadata_of_run = RunMetadata(dict(job.mapping), dict(job.constants), job.on, today)
    return {**(metadata or {}), METADATA_KEY: msgspec.json.encode(metadata_of_run, order="deterministic")}


def read_run_metadata(metadata: Mapping[bytes, Any] | None) -> RunMetadata:
    """The options in the metadata of a schema; empty where there are none.

    >>> read_run_metadata(None).mapping
    {}
    """
    try:
        return json.decode((metadata or {}).get(METADATA_KEY, b"{}"), _READ)
    except msgspec.DecodeError:
        return RunMetadata()
