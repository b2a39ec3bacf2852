"""Read a list: its format is told by its beginning."""

from __future__ import annotations

from entrepot.connect.screening_lists.csv_lists import read_ofac_csv, read_own
from entrepot.connect.screening_lists.found import MAX_BYTES, FoundList, invalid
from entrepot.connect.screening_lists.xml_lists import read_ofac, read_un


def read_list(content: bytes) -> FoundList:
    r"""The entries of a list. Raises TradeError for a file that is none, or too large.

    >>> read_list(b"id,name\n1,ZHANG Wei\n").format
    'csv'
    """
    if len(content) > MAX_BYTES:
        raise invalid(f"it has more than {MAX_BYTES >> 20} MiB")
    if not content.strip():
        raise invalid("it is empty")
    head = content[:4096].lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith(b"<"):
        if b"CONSOLIDATED_LIST" in head:
            return read_un(content)
        if b"sdnList" in head:
            return read_ofac(content)
        raise invalid("it is neither the XML of the United Nations nor that of OFAC")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace") if head[:1].isdigit() else ""
    if not text:
        raise invalid("it is not in UTF-8")
    return read_ofac_csv(text) if head[:1].isdigit() else read_own(text)
