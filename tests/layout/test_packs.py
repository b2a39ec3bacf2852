"""What every pack in the tree must be: it loads, it says where it comes from, it has examples."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from entrepot.law.library import Library
from entrepot.law.read import read_pack, span, spells
from entrepot.model.sources import TRUST

PACKS = Path(__file__).resolve().parents[2] / "packs"
IDS = sorted(path.name for path in PACKS.iterdir() if path.is_dir())
PLACES = [name for name in IDS if name != "world"]


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(PACKS)


@pytest.mark.parametrize("name", IDS)
def test_a_pack_loads_without_a_fault(name: str, library: Library) -> None:
    assert [str(fault) for fault in library.check(PACKS / name)] == []


@pytest.mark.parametrize("name", PLACES)
def test_a_pack_has_worked_examples_with_ids_of_their_own(name: str) -> None:
    cases = tomllib.loads((PACKS / name / "cases.toml").read_text())["case"]
    assert cases
    assert len({case["id"] for case in cases}) == len(cases)


@pytest.mark.parametrize("name", IDS)
def test_everything_dated_is_cited_and_trusted_as_far_as_its_sources_go(name: str) -> None:
    pack = read_pack(PACKS / name)
    for dated in spells(pack):
        cites = dated["cite"] if hasattr(dated, "cells") else tuple(dated.cite.split())
        trust = dated["trust"] if hasattr(dated, "cells") else dated.trust
        assert cites
        assert set(cites) <= set(pack.sources)
        assert trust in TRUST
        since, until = span(dated)
        assert isinstance(since, dt.date)
        assert until is None or since < until


@pytest.mark.parametrize("name", PLACES)
def test_a_pack_says_who_read_it_when_and_what_it_does_not_say(name: str) -> None:
    head = read_pack(PACKS / name).head
    assert head is not None
    assert head.read_by
    assert head.checked_with
    assert head.limits, "no law is known wholly: name what is left out"
    assert head.read_on <= dt.date(2100, 1, 1)


@pytest.mark.parametrize("name", IDS)
def test_every_source_is_used_and_titled(name: str) -> None:
    pack = read_pack(PACKS / name)
    used = {
        cite for dated in spells(pack) for cite in (dated["cite"] if hasattr(dated, "cells") else dated.cite.split())
    }
    # A source may also be there for its file alone: a schedule comes from it.
    assert sorted(name for name in set(pack.sources) - used if not pack.sources[name].file) == []


#: How the address of a package begins, after the host, at the registries of programming languages.
OF_A_REGISTRY = {"project", "projects", "package", "packages", "crates", "gems", "simple"}
#: How a title names a package of software and its version.
PACKAGE = re.compile(r"\bpackage [a-z0-9.-]+, version \S+")


def of_a_registry(url: str) -> bool:
    """Whether an address is that of a package's page: it says who publishes a file, and not what the law is."""
    return urlsplit(url).path.strip("/").partition("/")[0] in OF_A_REGISTRY


@pytest.mark.parametrize("name", IDS)
def test_a_package_is_cited_by_its_name_and_version_and_not_by_an_address(name: str) -> None:
    sources = read_pack(PACKS / name).sources
    assert [key for key, source in sources.items() if source.url and of_a_registry(source.url)] == []
    assert [key for key, source in sources.items() if source.url and PACKAGE.search(source.title)] == []


def test_the_address_of_a_package_is_known_as_one() -> None:
    assert of_a_registry("https://registry.example/project/eu-vat-rates-data/")
    assert of_a_registry("https://registry.example/package/rates/v/1.0.0")
    assert not of_a_registry("https://toll.no/en/corporate/import/calculating-customs-duty-and-taxes/")
    assert PACKAGE.search("VAT rates of European states, package eu-vat-rates-data, version 2026-09-29")


@pytest.mark.parametrize("name", PLACES)
def test_every_economy_of_a_pack_leads_to_it(name: str, library: Library) -> None:
    head = read_pack(PACKS / name).head
    assert head is not None
    assert {library.pack_of(economy) for economy in head.economies} == {name}


@pytest.mark.parametrize("name", IDS)
def test_files_are_utf8_with_lf_and_no_blanks_at_the_ends(name: str) -> None:
    for file in sorted((PACKS / name).iterdir()):
        content = file.read_bytes()
        content.decode("utf-8")
        assert b"\r" not in content, file.name
        assert not content.startswith(b"\xef\xbb\xbf"), file.name
        assert content.endswith(b"\n"), file.name
