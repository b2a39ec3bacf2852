"""The types of the elements of China's customs messages: length, digits, form and code list of each value.

The notation of the specification: `C14` is a text of exactly 14 characters, `C..60` one of at most 60, `N19,5` a
decimal number of at most 19 digits, five of them after the point. A mandatory text has at least one character; an
optional one may be present and empty, unless its type says otherwise.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from msgspec import Struct


class Text(Struct, frozen=True):
    """A text of `least` to `most` characters; without `least`, one if the element is mandatory, otherwise none.

    `form` names a form (`forms.FORMS`), `codes` a code list (`codes.listed`); `fixed` is the only value that the schema
    allows. A `personal` value never appears in an error. A `tolerated` text is mandatory to write, and may be absent
    when read; a `read_only` one is never written.
    """

    most: int | None = None
    least: int | None = None
    form: str = ""
    codes: str = ""
    fixed: str = ""
    personal: bool = False
    tolerated: bool = False
    read_only: bool = False


class Number(Struct, frozen=True):
    """A decimal number: `digits` in all, `places` of them after the point, not negative."""

    digits: int = 19
    places: int = 5


class Whole(Struct, frozen=True):
    """A whole number from `least` to `most`."""

    least: int = 1
    most: int = 2**31 - 1


class Xml(Struct, frozen=True):
    """The XML of the company's own extension: one element, or nothing."""


#: What an element may contain.
Kind = Text | Number | Whole | Xml


class Record(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Elements of a message, in the order and with the spelling of the schema. None: the element is absent."""


C5000Empty = Annotated[str, Text(5000, 0)]
C1000 = Annotated[str, Text(1000)]
C510 = Annotated[str, Text(510)]
C255Empty = Annotated[str, Text(255, 0)]
C250 = Annotated[str, Text(250)]
C200 = Annotated[str, Text(200)]
C100 = Annotated[str, Text(100)]
C100Empty = Annotated[str, Text(100, 0)]
C64 = Annotated[str, Text(64)]
ReadOnly60 = Annotated[str, Text(60, read_only=True)]
C60 = Annotated[str, Text(60)]
C50 = Annotated[str, Text(50)]
C37 = Annotated[str, Text(37)]
C32 = Annotated[str, Text(32)]
C30 = Annotated[str, Text(30)]
C30Empty = Annotated[str, Text(30, 0)]
C20 = Annotated[str, Text(20)]
C19 = Annotated[str, Text(19)]
C18 = Annotated[str, Text(18)]
C18NotEmpty = Annotated[str, Text(18, 1)]
C18Fixed = Annotated[str, Text(18, 18)]
C15Empty = Annotated[str, Text(15, 0)]
C10 = Annotated[str, Text(10)]
N19 = Annotated[Decimal, Number()]

Guid = Annotated[str, Text(36, 36, form="guid")]
AppType = Annotated[str, Text(1, 1, codes="appType")]
AppStatus = Annotated[str, Text(3, codes="appStatus")]
Seconds = Annotated[str, Text(14, 14, form="seconds")]
Milliseconds = Annotated[str, Text(17, 17, form="milliseconds")]
Day = Annotated[str, Text(8, 8, form="day")]
OrderType = Annotated[str, Text(1, 1, codes="orderType")]
Currency = Annotated[str, Text(3, 3, fixed="142")]
Country = Annotated[str, Text(3, 3, codes="country")]
TradeCountry = Annotated[str, Text(3, 1, codes="country")]
Unit = Annotated[str, Text(3, 3, codes="unit")]
IdType = Annotated[str, Text(1, 1, codes="idType")]
Person60 = Annotated[str, Text(60, personal=True)]
IdNumber = Annotated[str, Text(60, form="identity", personal=True)]
Person100 = Annotated[str, Text(100, personal=True)]
Telephone30 = Annotated[str, Text(30, personal=True)]
Telephone50 = Annotated[str, Text(50, personal=True)]
Telephone60 = Annotated[str, Text(60, personal=True)]
Address = Annotated[str, Text(200, personal=True)]
District = Annotated[str, Text(6, 6, form="digits")]
GoodsCode = Annotated[str, Text(10, 10, form="digits")]
Office = Annotated[str, Text(4, 4, form="digits")]
Import = Annotated[str, Text(1, 1, codes="ieFlag")]
TradeMode = Annotated[str, Text(4, 4, codes="tradeMode")]
Transport = Annotated[str, Text(1, 1, codes="trafMode")]
Package = Annotated[str, Text(1, 1, codes="wrapType")]
SignedFor = Annotated[str, Text(1, 1, codes="logisticsStatus")]
TaxStatus = Annotated[str, Text(1, 1, codes="taxStatus")]
ReturnStatus = Annotated[str, Text(10, form="integer")]
PreNo = Annotated[str, Text(18, 18, tolerated=True)]
DxpMode = Annotated[str, Text(3, 3, codes="dxpMode")]
Subscription = Annotated[str, Text(100, 0, codes="subscription")]
LineNumber = Annotated[int, Whole()]
Parcels = Annotated[int, Whole(most=999_999_999)]
Unlimited = Annotated[str, Text(None, 0)]
OwnXml = Annotated[str, Xml()]


def kind_of(annotation: Any) -> tuple[Kind, bool]:
    """The kind of an annotated field, and whether the element is mandatory.

    >>> kind_of(C18 | None)[1], kind_of(Day)[0].form
    (False, 'day')
    """
    mandatory = type(None) not in getattr(annotation, "__args__", ())
    found = annotation if mandatory else annotation.__args__[0]
    kind: Kind = found.__metadata__[0]
    return kind, mandatory or (isinstance(kind, Text) and kind.tolerated)
