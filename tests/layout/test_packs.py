"""Rules of every pack in the tree: it loads, it cites its sources, it has worked examples."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from entrepot.law.library import Library
from entrepot.law.read import dated_rows, read_pack, validity
from entrepot.model.sources import TRUST

PACKS = Path(__file__).resolve().parents[2] / "packs"
IDS = sorted(path.name for path in PACKS.iterdir() if path.is_dir())
PLACES = [name for name in IDS if name != "world"]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(PACKS)


@pytest.mark.parametrize("name", IDS)
def test_a_pack_loads_without_faults(name: str, library: Library) -> None:
    assert [str(fault) for fault in library.check(PACKS / name)] == []


@pytest.mark.parametrize("name", PLACES)
def test_a_pack_has_worked_examples_with_unique_ids(name: str) -> None:
    cases = tomllib.loads((PACKS / name / "cases.toml").read_text())["case"]
    assert cases
    assert len({case["id"] for case in cases}) == len(cases)


@pytest.mark.parametrize("name", IDS)
def test_every_dated_entry_has_sources_a_trust_and_a_valid_period(name: str) -> None:
    pack = read_pack(PACKS / name)
    for dated in dated_rows(pack):
        cites = dated["cite"] if hasattr(dated, "cells") else tuple(dated.cite.split())
        trust = dated["trust"] if hasattr(dated, "cells") else dated.trust
        assert cites
        assert set(cites) <= set(pack.sources)
        assert trust in TRUST
        since, until = validity(dated)
        assert isinstance(since, dt.date)
        assert until is None or since < until


@pytest.mark.parametrize("name", PLACES)
def test_a_pack_names_its_reader_its_date_and_its_limits(name: str) -> None:
    head = read_pack(PACKS / name).head
    assert head is not None
    assert head.read_by
    assert head.checked_with
    assert head.limits, "no pack covers all law: list what it leaves out"
    assert head.read_on <= dt.date(2100, 1, 1)


@pytest.mark.parametrize("name", IDS)
def test_every_source_is_used_and_titled(name: str) -> None:
    pack = read_pack(PACKS / name)
    used = {
        cite
        for dated in dated_rows(pack)
        for cite in (dated["cite"] if hasattr(dated, "cells") else dated.cite.split())
    }
    # A source may also be listed only for its file, from which a schedule is read.
    assert sorted(name for name in set(pack.sources) - used if not pack.sources[name].file) == []


#: The first part of the path of a package's address at the registries of programming languages.
REGISTRY_PATHS = {"project", "projects", "package", "packages", "crates", "gems", "simple"}
#: A title that names a software package and its version.
PACKAGE = re.compile(r"\bpackage [a-z0-9.-]+, version \S+")


def is_registry_url(url: str) -> bool:
    """Whether an address is the page of a software package: it says who publishes a file, not what the law is."""
    return urlsplit(url).path.strip("/").partition("/")[0] in REGISTRY_PATHS


@pytest.mark.parametrize("name", IDS)
def test_a_software_package_is_cited_by_name_and_version_not_by_address(name: str) -> None:
    sources = read_pack(PACKS / name).sources
    assert [key for key, source in sources.items() if source.url and is_registry_url(source.url)] == []
    assert [key for key, source in sources.items() if source.url and PACKAGE.search(source.title)] == []


def test_the_address_of_a_software_package_is_recognised() -> None:
    assert is_registry_url("https://registry.example/project/eu-vat-rates-data/")
    assert is_registry_url("https://registry.example/package/rates/v/1.0.0")
    assert not is_registry_url("https://toll.no/en/corporate/import/calculating-customs-duty-and-taxes/")
    assert PACKAGE.search("VAT rates of European states, package eu-vat-rates-data, version 2026-09-29")


@pytest.mark.parametrize("name", PLACES)
def test_every_economy_of_a_pack_is_found_in_that_pack(name: str, library: Library) -> None:
    head = read_pack(PACKS / name).head
    assert head is not None
    assert {library.pack_of(economy) for economy in head.economies} == {name}


@pytest.mark.parametrize("name", IDS)
def test_files_are_utf8_with_lf_line_ends(name: str) -> None:
    for file in sorted((PACKS / name).iterdir()):
        content = file.read_bytes()
        content.decode("utf-8")
        assert b"\r" not in content, file.name
        assert not content.startswith(b"\xef\xbb\xbf"), file.name
        assert content.endswith(b"\n"), file.name
