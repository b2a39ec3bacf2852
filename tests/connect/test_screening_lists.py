"""Lists in the published formats, as the files of the authorities are built; all names and numbers are invented."""

from __future__ import annotations

import pytest

from entrepot.connect.screening_lists.found import MAX_ENTRIES
from entrepot.connect.screening_lists.read import read_list
from entrepot.model.errors import TradeError

UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" dateGenerated="2026-10-01T10:00:00">
<INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>TEST</FIRST_NAME><SECOND_NAME>PERSON</SECOND_NAME>
<UN_LIST_TYPE>Invented</UN_LIST_TYPE><REFERENCE_NUMBER>XXi.001</REFERENCE_NUMBER><LISTED_ON>2020-01-02</LISTED_ON>
<NAME_ORIGINAL_SCRIPT>测试人</NAME_ORIGINAL_SCRIPT><NATIONALITY><VALUE>Nowhere</VALUE></NATIONALITY>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Tester Person</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>The Tester</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1970-05-01</DATE></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>G0000001</NUMBER></INDIVIDUAL_DOCUMENT>
</INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>2</DATAID><FIRST_NAME>TEST TRADING</FIRST_NAME><REFERENCE_NUMBER>XXe.002</REFERENCE_NUMBER>
<ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>Test Traders</ALIAS_NAME></ENTITY_ALIAS></ENTITY></ENTITIES>
</CONSOLIDATED_LIST>"""
OFAC = """<?xml version="1.0" standalone="yes"?>
<sdnList xmlns="https://example.test/XML"><publshInformation><Publish_Date>10/01/2026</Publish_Date>
<Record_Count>1</Record_Count></publshInformation>
<sdnEntry><uid>36</uid><firstName>Test</firstName><lastName>PERSON</lastName><sdnType>Individual</sdnType>
<programList><program>INVENTED</program></programList>
<idList><id><uid>1</uid><idType>Passport</idType><idNumber>G0000001</idNumber></id></idList>
<akaList><aka><uid>2</uid><type>a.k.a.</type><category>weak</category><lastName>TESTER</lastName></aka></akaList>
<dateOfBirthList><dateOfBirthItem><uid>3</uid><dateOfBirth>17 May 1980</dateOfBirth></dateOfBirthItem></dateOfBirthList>
</sdnEntry></sdnList>"""
OFAC_CSV = (
    '36,"TEST TRADING","-0- ","INVENTED","-0- ","-0- ","-0- ","-0- ","-0- ","-0- ","-0- ","-0- "\r\n'
    '37,"PERSON, Test","individual","INVENTED","-0- ","-0- ","-0- ","-0- ","-0- ","-0- ","-0- ",'
    "\"DOB 17 May 1980; Passport G0000001 (Nowhere); a.k.a. 'TESTER, T.'.\"\r\n\x1a\r\n"
)


def test_the_list_of_the_united_nations() -> None:
    found = read_list(UN.encode())
    person, firm = found.entries
    assert (found.format, found.version, person.id, person.kind) == ("un", "2026-10-01", "XXi.001", "person")
    assert [(each.text, each.quality) for each in person.names] == [
        ("TEST PERSON", "primary"),
        ("测试人", "primary"),
        ("Tester Person", "strong"),
        ("The Tester", "weak"),
    ]
    assert (person.births, person.identifiers, person.listed) == (("1970-05-01",), ("G0000001",), "2020-01-02")
    assert (firm.kind, [each.text for each in firm.names]) == ("organization", ["TEST TRADING", "Test Traders"])


def test_the_list_of_ofac_as_xml_and_as_csv() -> None:
    (person,) = (found := read_list(OFAC.encode())).entries
    assert (found.format, found.version, person.kind, person.births) == ("ofac-xml", "2026-10-01", "person", ("1980",))
    assert [(each.text, each.quality) for each in person.names] == [("Test PERSON", "primary"), ("TESTER", "weak")]
    firm, other = read_list(OFAC_CSV.encode()).entries
    assert (firm.kind, other.kind, other.births) == ("organization", "person", ("1980",))
    assert (other.identifiers, [each.text for each in other.names]) == (("G0000001",), ["PERSON, Test", "TESTER, T."])


def test_a_list_of_ones_own() -> None:
    text = "\ufeffid,name,native_name,weak_alias,kind,birth\n1,Sok Dara,សុខ ដារា,The Boss;Big,person,1970\n2,,,,,\n"
    (entry,) = read_list(text.encode()).entries
    assert [(each.text, each.quality) for each in entry.names][1:] == [
        ("សុខ ដារា", "primary"),
        ("The Boss", "weak"),
        ("Big", "weak"),
    ]


def test_rows_of_one_id_are_one_entry() -> None:
    (entry,) = read_list(b"id,name,kind,birth\n1,Sok Dara,Person,1970\n1,Dara Sok Phal,person,1971\n").entries
    assert ([each.text for each in entry.names], entry.kind) == (["Sok Dara", "Dara Sok Phal"], "person")
    assert entry.births == ("1970", "1971")


def test_a_birth_between_two_years_has_each_of_them() -> None:
    between = "<TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1960</FROM_YEAR><TO_YEAR>1963</TO_YEAR>"
    exact = "<TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1970-05-01</DATE>"
    assert read_list(UN.replace(exact, between).encode()).entries[0].births == ("1960", "1961", "1962", "1963")
    about = read_list(OFAC.replace("17 May 1980", "circa 1980").encode()).entries[0].births
    assert (about[0], about[-1]) == ("1975", "1985")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        UN.encode()[:400],
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><CONSOLIDATED_LIST>&b;</CONSOLIDATED_LIST>',
        b"<CONSOLIDATED_LIST></CONSOLIDATED_LIST>",
        b"name\nZHANG Wei\n",
        b"id,name,colour\n1,A,red\n",
        b"id,name\n1,A B\n,C D\n",
        b"id,name,kind\n1,A B,company\n",
        b"id,name\n1," + b"x" * 200_000,
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_list(content: bytes) -> None:
    with pytest.raises(TradeError) as error:
        read_list(content)
    assert error.value.code == "list_invalid"


def test_a_list_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrepot.connect.screening_lists.found.MAX_ENTRIES", 2)
    with pytest.raises(TradeError, match="more than 2 entries"):
        read_list(b"id,name\n1,A B\n2,C D\n3,E F\n")
    assert MAX_ENTRIES == 500_000
