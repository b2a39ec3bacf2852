"""The page of an answer: its cost, what would make it cheaper, what settles it, and why procedures are closed."""

from __future__ import annotations

import html
import re

import pytest
from server_process import Server
from test_page_content import SALE

DURIAN = "from=TH&to=CN&what=0810.60&amount=520000&currency=CNY&for=business&on=2026-03-01"
CANADA = "from=VN&to=CA&what=6403.91&amount=200&currency=CAD&for=consumer&on=2026-03-01"


def page(server: Server, path: str) -> str:
    """The page with plain spaces and without character references."""
    answer = server.get(path, follow_redirects=True)
    assert answer.status_code == 200
    return html.unescape(answer.text).replace("\xa0", " ")


def plain(text: str) -> str:
    """The words of a part of a page."""
    return " ".join(re.sub("<[^>]+>", " ", text).split())


def test_a_closed_procedure_says_why_in_terms_of_the_sale_and_has_no_price(server: Server) -> None:
    text = page(server, f"/en/?{SALE}")
    (closed,) = re.findall(r'id="closed">(.*?)</details>', text, re.DOTALL)
    # Caiguanshui [2018] 49: CNY 5,000 for an order; Announcement 176 of 2024: CNY 2,000 for articles.
    assert "only for orders above CNY 5,000; yours is CNY 100" in closed
    assert "only for orders above CNY 2,000; yours is CNY 100" in closed
    assert "only for a business; the buyer is a consumer" in closed
    assert "only for personal articles carried or sent; this sale is e-commerce" in closed
    # 100 + 13 % without the 70 % of retail imports: the total of the procedure above the limit.
    assert "113.00" not in text


def test_a_closed_procedure_leads_to_the_sale_that_it_is_for(server: Server) -> None:
    (closed,) = re.findall(r'id="closed">(.*?)</details>', page(server, f"/en/?{SALE}"), re.DOTALL)
    there = next(each for each in re.findall(r'href="(\?[^"#]*)#answer"', closed) if "for=business" in each)
    # Ordinary import of roasted coffee: a duty of 15.00 and a tax of 14.95, of which at most CNY 50 is not levied.
    text = page(server, f"/en/{there}")
    assert 'class="total">CNY 100.00<' in text
    assert "under Ordinary import" in text
    # What is not levied is not saved by a certificate either.
    assert "You save" not in text


def test_a_certificate_that_saves_stands_under_the_total_and_can_be_assumed(server: Server) -> None:
    text = page(server, f"/en/?{DURIAN}")
    # MFN 20 % of 520,000; with Form E nothing: the saving without the value added tax, which a business recovers.
    saving = text.index("You save CNY 104,000.00 with this certificate: Form E")
    assert text.index('class="total"') < saving < text.index('id="t-owed"')
    there = re.findall(r'href="(\?[^"#]*proof=form_e[^"#]*)#answer"', text[saving:])[0]
    cheaper = page(server, f"/en/{there}")
    # 520,000 x 1.09.
    assert 'class="total">CNY 566,800.00<' in cheaper
    assert "You save" not in cheaper
    assert "Proof of origin: Form E" in cheaper


def test_a_range_names_each_value_with_its_total_in_the_field_that_settles_it(server: Server) -> None:
    text = page(server, f"/en/?{CANADA}")
    (fact,) = re.findall(r'<section class="fact">(.*?)</section>', text, re.DOTALL)
    assert "The amount depends on the state or province" in fact
    # Footwear 18 %; GST 5 % in Alberta, HST 15 % in New Brunswick: 200 x 1.18 x 1.05 and 200 x 1.18 x 1.15.
    assert "AB Alberta · CAD 247.80" in fact
    assert "NB New Brunswick · CAD 271.40" in fact
    on_paper = fact.partition("</form>")[2]
    assert re.search(r'class="[^"]*on-paper".*>QC Quebec<', on_paper)
    assert '<select name="state"' in fact
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', fact))
    assert hidden["what"] == "640391"
    assert "state" not in hidden
    query = "&".join(f"{name}={value}" for name, value in hidden.items())
    assert 'class="total">CAD 247.80<' in page(server, f"/en/?{query}&state=AB")


def test_a_weight_that_a_duty_needs_has_its_field_and_settles_the_total(server: Server) -> None:
    query = "from=VN&what=1006.30&amount=5000&for=business&to=DE&currency=EUR&on=2026-03-01"
    text = page(server, f"/en/?{query}")
    assert re.search(r'class="total">at least EUR', text)
    (fact,) = re.findall(r'<section class="fact">(.*?)</section>', text, re.DOTALL)
    # 5,000 of goods and 7 % of tax in Germany are known.
    assert "EUR 5,350.00 is known. To calculate the rest, give:" in plain(fact)
    assert "Customs duty: 175 EUR for each t" in fact
    assert re.search(r'<input[^>]* name="net_mass_kg"', fact)
    (doubts,) = re.findall(r'id="t-doubts"(.*?)</section>', text, re.DOTALL)
    assert "net mass" not in plain(doubts).lower()
    assert "The amount of Customs duty is not known" not in doubts
    # The European Union's duty on rice is EUR 175 a tonne: 350.00 for two; 7 % of tax in Germany on 5,350.00.
    assert 'class="total">EUR 5,724.50<' in page(server, f"/en/?{query}&net_mass_kg=2000")


def test_an_assumption_has_its_field_beside_it_and_the_form_has_it_no_more(server: Server) -> None:
    text = page(server, f"/en/?{SALE}")
    assert re.search(
        r'<label for="f-shipping">No shipping cost given; assumed: zero.</label><input id="f-shipping"', text
    )
    # The limit of a year is settled by what was bought, not by a promise.
    assert re.search(r'<label for="f-year_to_date">Assumed: The buyer stays within CNY 26,000', text)
    for name in ("shipping", "insurance", "origin", "channel", "year_to_date"):
        (control,) = re.findall(rf'<(?:input|select)[^>]* name="{name}"[^>]*>', text)
        assert 'form="sale"' in control, name
    assert text.count('name="litres"') == 0  # coffee is not sold by the litre


@pytest.mark.parametrize(
    ("query", "field", "says"),
    [
        # The pack of Exampleland holds no duty on wine.
        (
            "from=FR&what=2204.21&amount=400&for=business&to=ZZ&currency=ZZD",
            "rate_duty",
            "has no rate of duty for 2204.21",
        ),
        # No reference rate of the kip is held.
        (
            "from=VN&to=TH&what=8471.30&amount=900&currency=KZT&for=consumer",
            "exchange_rate",
            "One KZT is how many THB?",
        ),
    ],
    ids=["a rate", "an exchange rate"],
)
def test_what_is_missing_has_a_field_and_no_name_of_the_api(server: Server, query: str, field: str, says: str) -> None:
    text = page(server, f"/en/?{query}&on=2026-03-01")
    (doubts,) = re.findall(r'id="t-doubts"(.*?)</section>', text, re.DOTALL)
    assert says in doubts
    (control,) = re.findall(rf'<(?:input|select)[^>]* name="{field}"[^>]*>', doubts)
    assert 'form="sale"' in control
    for name in ("`rates`", "net_mass_kg.", "exchange_rates", "ship_to", "asserted`"):
        assert name not in plain(doubts)


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        # Bulgaria has 9 % of VAT for some food, else 20 %, and the Union handling fee is up to EUR 2.
        ("what=1905.31&to=BG&currency=EUR", {"rate_handling_fee", "rate_vat"}),
        # Norway does not tax what is education.
        ("sold=services&service=recorded_courses&to=NO&currency=USD", {"rate_vat"}),
    ],
    ids=["goods", "a service"],
)
def test_each_rate_that_is_known_only_as_a_range_has_a_field(server: Server, query: str, fields: set[str]) -> None:
    text = page(server, f"/en/?from=CN&{query}&amount=60&for=consumer&on=2026-11-16")
    assert "is known only as a range" in plain(text)
    assert set(re.findall(r'name="(rate_[a-z_]+)"', text)) == fields


def test_a_rate_that_is_asked_for_above_is_not_asked_for_again(server: Server) -> None:
    query = "/en/?from=VN&to=KH&what=0901.21&amount=100&currency=USD&for=consumer&on=2026-11-16"
    text = page(server, query)
    assert sorted(re.findall(r'name="(rate_[a-z_]+)"', text.partition('id="t-doubts"')[0])) == ["rate_duty", "rate_vat"]
    # Both ranges are still told, as remarks.
    doubts = text.partition('id="t-doubts"')[2]
    assert "rate_" not in doubts.partition("</section>")[0]
    assert plain(doubts).count("is known only as a range") == 2


def test_the_field_of_one_of_two_fees_sets_that_fee(server: Server) -> None:
    query = "from=CN&to=AU&what=0901.21&amount=2000&currency=AUD&for=consumer&on=2026-11-20"
    text = page(server, f"/en/?{query}")
    assert set(re.findall(r'name="(rate_[a-z_]+)"', text)) == {"rate_biosecurity_charge"}
    # 2,000.00, the import processing charge of AUD 50 for goods of up to AUD 10,000, and the 60.00 typed.
    settled = page(server, f"/en/?{query}&rate_biosecurity_charge=60")
    assert 'class="total">AUD 2,110.00<' in settled
    assert re.search(r'name="rate_biosecurity_charge" value="60"', settled)
    # Another destination has no such charge: its rate is left out.
    elsewhere = page(server, f"/en/?{query.replace('to=AU', 'to=SG')}&rate_biosecurity_charge=60")
    assert 'name="rate_biosecurity_charge"' not in elsewhere
    assert 'class="fault"' not in elsewhere


def test_an_excise_on_a_value_that_no_sale_states_is_typed_as_an_amount(server: Server) -> None:
    """Perfume to Thailand: duty of 30 % on 3,000.00 with insurance of 1 %, interior tax of a tenth of the excise."""
    query = "from=CN&to=TH&what=3303.00&amount=3000&currency=THB&for=consumer&on=2026-11-20"
    text = page(server, f"/en/?{query}")
    assert "Enter its amount if you know it." in plain(text)
    assert re.search(r'name="rate_excise" value="" [^>]*placeholder="THB"', text)
    # 3,000 + 909 + 300 + 30, and 7 % of 3,030 + 909 + 300 + 30 = 298.83.
    assert 'class="total">THB 4,537.83<' in page(server, f"/en/?{query}&rate_excise=300")


def test_the_lines_that_a_pack_does_not_have_are_no_choice(server: Server) -> None:
    """Thailand: of articles of plastics the pack has one line of 10 %, and a range for the others."""
    text = page(server, "/en/?from=CN&to=TH&what=3926.90&amount=3000&currency=THB&for=consumer&on=2026-11-20")
    assert re.findall(r'<button class="choice" name="what" value="([^"]+)"', text) == ["39269059"]
    assert "another tariff line" in plain(text)
    assert 'name="rate_duty"' in text
    settled = page(server, "/en/?from=CN&to=TH&what=39269099&amount=3000&currency=THB&for=consumer&on=2026-11-20")
    assert 'class="choice"' not in settled


def test_the_reference_rate_stands_in_the_field_of_the_exchange_rate(server: Server) -> None:
    text = page(server, "/en/?from=CN&to=TH&what=8471.30&amount=900&currency=USD&for=consumer&on=2026-03-01")
    # The euro's rates of 2026-02-27 by the European Central Bank give THB 31.085... for a dollar.
    assert re.search(r'name="exchange_rate" value="" [^>]*placeholder="31\.085', text)


@pytest.mark.parametrize(("typed", "total"), [("10", "MYR 440.00"), ("10%", "MYR 440.00"), ("12,5", "")])
def test_a_rate_that_the_pack_lacks_can_be_typed(server: Server, typed: str, total: str) -> None:
    # A duty of 10 % on 400, no excise, and no sales tax: what the user states.
    query = "from=FR&what=2204.21&amount=400&for=business&to=MY&currency=MYR&on=2026-03-01"
    text = page(server, f"/en/?{query}&rate_excise=0&rate_vat=0&rate_duty={typed.replace('%', '%25')}")
    assert (f'class="total">{total}<' in text) is bool(total)
    if not total:
        assert 'id="f-rate_duty"' in text
        assert 'aria-invalid="true"' in text


def test_the_switch_keeps_the_goods_or_the_service(server: Server) -> None:
    both = "from=CN&to=KH&what=0901.21&service=telemedicine&amount=300&currency=USD&for=consumer"
    for sold, kept, left in (("goods", "what=0901.21", "service="), ("service", "service=telemedicine", "what=")):
        there = server.get(f"/en/?sold={sold}&{both}").headers["location"]
        assert kept in there
        assert left not in there
        assert "sold=" not in there
    text = page(server, "/en/?sold=service&from=CN&to=KH&amount=300&currency=USD&for=consumer&what=coffee")
    assert "Enter what is sold." in text
    assert re.search(r'name="sold" value="service" checked', text)
    assert 'id="t-hits"' not in text


def test_the_link_of_an_answer_has_the_date_of_its_law(server: Server) -> None:
    text = page(server, "/en/?from=VN&to=CN&what=0901.21&amount=100&currency=CNY")
    (there,) = re.findall(r'data-copy="Copied"[^>]*href="([^"]*)"', text)
    assert re.search(r"[?&]on=\d{4}-\d\d-\d\d", there)
    assert there.startswith("/en/?")


def test_documents_are_steps(server: Server) -> None:
    text = page(server, f"/en/?{DURIAN}")
    (steps,) = re.findall(r'<ol class="steps-of-papers">(.*)</ol>\s*</section>', text, re.DOTALL)[:1]
    titles = re.findall("<h3>(.*?)</h3>", steps)
    assert titles[:3] == ["Before the sale", "With the goods", "On import"]
    # The quarantine permit comes before the contract, the declaration at the border.
    assert (
        steps.index("A quarantine permit is needed") < steps.index("<h3>On import") < steps.index("Customs declaration")
    )


def test_a_stored_quote_offers_a_pdf_only_where_one_can_be_made(server: Server, kept: str) -> None:
    text = page(server, f"/en/{kept}")
    status = server.get(f"/en/{kept}.pdf").status_code
    assert (f'/en/{kept}.pdf"' in text) is (status == 200)
    assert "data-print" in text


def test_the_page_of_a_line_begins_with_the_mfn_rate(server: Server) -> None:
    text = plain(page(server, "/en/law/CN/09012100?on=2026-03-01"))
    duty = text[text.index("Duty by treatment") :]
    first = duty.index("Most favoured nation (MFN) : 15 %")
    assert first < duty.index("General rate") < duty.index("ASEAN-China Free Trade Area")


def test_the_taxes_of_other_members_of_a_union_are_folded(server: Server) -> None:
    text = page(server, "/en/law/DE/42022290?on=2026-03-01")
    (elsewhere,) = re.findall(r'<h2 id="t-elsewhere">(.*?)</details>', text, re.DOTALL)
    (taxes,) = re.findall(r'<h2 id="t-taxes">(.*?)</section>', text, re.DOTALL)
    assert "standard DE" in taxes
    assert "standard FR" in elsewhere
    assert "standard FR" not in taxes


def test_the_list_of_law_groups_the_union_and_marks_what_is_invented(server: Server) -> None:
    text = page(server, "/en/law/")
    (union,) = re.findall(r"<details.*?</details>", text.partition("<main")[2], re.DOTALL)
    assert "European Union (27)" in plain(union)
    assert "Germany" in union
    assert "Japan" not in union
    assert "its law is invented" in text
    assert "This economy and its law are invented" in page(server, "/en/law/ZZ/")


def test_a_prohibition_is_said_first_and_no_weight_is_asked_for(server: Server) -> None:
    # Regulation of Imports and Exports (Chewing Gum) Regulations of Singapore: chewing gum may not be imported.
    text = page(server, "/en/?from=CN&to=SG&what=1704.10&amount=60&currency=SGD&for=consumer&on=2026-03-01")
    said = text.index("1704.10 may not be imported for any buyer: Chewing gum may not be imported")
    assert text.index("Import prohibited") < said < text.index('id="law"')
    assert "Singapore Customs" in text[said : text.index('id="law"')]
    assert "sg/permits.csv" in text[said : text.index('id="law"')]
    # Of goods that may not come, neither the treatments nor the other procedures are of use.
    assert 'id="t-owed"' not in text
    assert 'id="closed"' not in text
    # Delegated Regulation (EU) 2019/2122: no meat to private persons; a weight would not change that.
    text = page(server, "/en/?from=VN&to=DE&what=0201.30&amount=60&currency=EUR&for=consumer&on=2026-03-01")
    assert "0201.30 may not be imported for a consumer: " in text
    assert "Net mass, kg" not in text[text.index('id="answer"') :]


def test_a_prohibition_of_some_procedures_is_said_where_no_other_can_be_used(server: Server) -> None:
    # China, 2012-03-02: fresh fruit may not be sent as personal articles.
    text = page(server, "/en/?from=VN&to=CN&what=0804.50&amount=60&currency=CNY&for=consumer&channel=personal")
    assert text.index("No import procedure is available") < text.index("prohibited: Fresh fruit") < text.index("t-owed")


def test_a_day_before_the_law_begins_shows_no_period_of_that_law(server: Server) -> None:
    # China's rows of before 2010 are members of agreements: from them no law follows.
    text = page(server, "/en/?from=VN&to=CN&what=0901.21&amount=60&currency=CNY&for=consumer&on=1997-03-01")
    assert "is included from Jan 1, 2010" in text
    assert "unchanged from" not in text


def test_what_is_assumed_of_each_line_of_a_cart_is_said_once_and_in_the_language(server: Server) -> None:
    lines = [{"hs_code": code, "amount": "100.00"} for code in ("0901.21", "0810.60", "6109.10")]
    sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01", "currency": "CNY"}
    number = server.post("/v1/quotes", json={**sale, "buyer": {"kind": "business"}, "lines": lines}).json()["id"]
    assert page(server, f"/en/quotes/{number}").count("Country of origin not given") == 1
    # The three lines have rates of their own: coffee 15 %, durian 20 %, T-shirts 6 %.
    assert "several rates" in page(server, f"/en/quotes/{number}")
    assert "nhiều thuế suất" in page(server, f"/vi/quotes/{number}")
