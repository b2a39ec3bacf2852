"""The sources of the rules of trade that are not in a pack of law: the match, cancellation, return, payment of tax."""

from __future__ import annotations

from entrepot.model.sources import CitedSource

_CUSTOMS = "General Administration of Customs of China"

SOURCES: dict[str, CitedSource] = {
    "ceb-202205": CitedSource(
        title="Message specification for enterprises that connect to the unified system of cross-border e-commerce, "
        "edition 202205: description and schema, read in copies",
        authority="China E-Port Data Centre",
        dated="2022-05-17",
    ),
    "cgs-2016-18": CitedSource(
        title="Notice on the tax policy of cross-border e-commerce retail imports, read in copies",
        authority="Ministry of Finance, General Administration of Customs and State Taxation Administration of China",
        number="Cai Guan Shui [2016] 18",
        dated="2016-03-24",
    ),
    "gacc-2018-194": CitedSource(
        title="Announcement on the supervision of cross-border e-commerce retail imports and exports, as told by pages",
        authority=_CUSTOMS,
        number="Announcement 194 of 2018",
        dated="2018-12-10",
    ),
    "gacc-2020-45": CitedSource(
        title="Announcement on the return of cross-border e-commerce retail imports, as quoted by pages",
        authority=_CUSTOMS,
        number="Announcement 45 of 2020",
        dated="2020-03-28",
        url="http://www.fortune-seoplink.net/news/yygh/kuajingdianshangxitong/20210326/1234.html",
    ),
    "positive-list-2022": CitedSource(
        title="List of goods for cross-border e-commerce retail imports, 1,476 lines from 2022-03-01",
        authority="Ministry of Finance of China and seven others",
        number="Announcement 7 of 2022",
        dated="2022-01-28",
    ),
    "rcep-chapter-3": CitedSource(
        title="Regional Comprehensive Economic Partnership Agreement, chapter 3 (rules of origin), read in copies",
        authority="The parties of the agreement",
        dated="2020-11-15",
    ),
    "practice": CitedSource(title="Practice of those who declare; no text was found", authority="Not an authority"),
    "own-reading": CitedSource(title="A conclusion from the other rules; no text was found", authority="Entrepot"),
}
