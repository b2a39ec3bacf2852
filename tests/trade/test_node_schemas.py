"""The schemas of messages are published: one that changes without a new version breaks the nodes of others.

A new type or version is added to `node_schemas.json` by `python tests/trade/test_node_schemas.py`; what is there is not
changed, except by `--all`, before a release has published it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import msgspec
import pytest

from entrepot.trade.nodes.schemas import DIALECT, envelope, find_schema, list_schemas, schema_of
from entrepot.trade.nodes.types import TYPES

FILE = Path(__file__).with_name("node_schemas.json")
ADDRESS = "https://vn.example"


def digests() -> dict[str, str]:
    """The SHA-256 of each schema, by type and version."""
    found = {
        f"{name}.{version}": schema_of(kind, version, "") for name, kind in TYPES.items() for version in kind.versions
    }
    found["envelope.1"] = envelope("")
    return {
        name: hashlib.sha256(json.dumps(each, sort_keys=True).encode()).hexdigest()[:16]
        for name, each in sorted(found.items())
    }


def test_no_published_schema_has_changed() -> None:
    kept, now = json.loads(FILE.read_text()), digests()
    changed = [name for name, digest in kept.items() if now.get(name) != digest]
    assert not changed, f"Changed without a new version: {changed}. Add a version, or restore these."
    assert not now.keys() - kept.keys(), (
        "New schemas: run `python tests/trade/test_node_schemas.py` and commit the file."
    )


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_body_and_answer_is_closed_and_every_schema_is_found(name: str) -> None:
    kind = TYPES[name]
    assert (kind.handle is None) != (kind.answer is None)
    for number, version in kind.versions.items():
        assert version.body.__struct_config__.forbid_unknown_fields, f"{name}: unknown fields would be ignored"
        found = find_schema(TYPES, ADDRESS, f"{name}.{number}.json")
        assert found is not None
        assert found["$id"] == f"{ADDRESS}/nodes/schemas/{name}.{number}.json"


def test_the_list_names_each_schema_and_what_is_unknown_is_not_found() -> None:
    listed = list_schemas(TYPES, ADDRESS)
    assert {each["type"] for each in listed["data"]} == set(TYPES)
    assert envelope(ADDRESS)["$schema"] == DIALECT
    for name in ("node.challenge.9.json", "none.1.json", "node.challenge.json", "..%2f", "node.challenge.1e3.json"):
        assert find_schema(TYPES, ADDRESS, name) is None


def test_a_message_satisfies_its_schema() -> None:
    jsonschema = pytest.importorskip("jsonschema_rs", reason="jsonschema-rs is not installed")
    from entrepot.trade.nodes.challenge import Challenge

    schema = find_schema(TYPES, ADDRESS, "node.challenge.1.json")
    validator = jsonschema.validator_for(schema)
    assert validator.is_valid(msgspec.to_builtins(Challenge(nonce="a")))
    assert not validator.is_valid({"nonce": "a", "more": 1})


if __name__ == "__main__":
    kept = json.loads(FILE.read_text()) if FILE.exists() and "--all" not in sys.argv else {}
    FILE.write_text(json.dumps(dict(sorted({**digests(), **kept}.items())), indent=1) + "\n")
