"""The fields that the columns of a table seem to give, by their names; and rows that are no names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from entrepot.batch.rows.columns import CONSIGNMENT, field_of, suggested_field
from entrepot.model.errors import WordedTableError

#: A cell of data: a number, a code with dots, or a date.
_VALUE = re.compile(r"[+-]?[0-9][0-9.,:/\s-]*%?")


def recognized(names: Iterable[object]) -> int:
    """How many of some names seem to mean a field of a sale.

    >>> recognized(["HS Code", "金额", "shop", None])
    2
    """
    return sum(1 for field in suggest_fields([name for name in names if isinstance(name, str)]).values() if field)


def looks_like_data(cells: Sequence[object]) -> bool:
    """Whether a first row has values of a sale where names of columns are expected.

    >>> looks_like_data(["0901.21", "100.00", "VN"]), looks_like_data(["HS code", "2026"]), looks_like_data(["a", "b"])
    (True, False, False)
    """
    texts = [str(cell).strip() for cell in cells if cell not in (None, "")]
    return any(_VALUE.fullmatch(text) for text in texts) and not recognized(texts)


def check_names(names: Sequence[str], mapping: Mapping[str, str | None], constants: Mapping[str, str]) -> None:
    """Raises TableError if the first row is no row of names, and nothing says what its columns give."""
    if not mapping and "amount" not in constants and looks_like_data(names):
        raise WordedTableError(
            "The first row has values where the names of the columns are expected: {names}. Add a row of names, or "
            "give --no-header and name the columns by their place: --map column_1=hs_code.",
            names=", ".join(names),
        )


def place_names(count: int) -> list[str]:
    """Names for the columns of a table that has none.

    >>> place_names(2)
    ['column_1', 'column_2']
    """
    return [f"column_{number}" for number in range(1, count + 1)]


def suggest_fields(names: Iterable[str]) -> dict[str, str]:
    """The field that each column name seems to mean, each field once; an empty text if unknown.

    >>> suggest_fields(["HS Code", "Qty", "金额", "shop"])
    {'HS Code': 'hs_code', 'Qty': 'quantity', '金额': 'amount', 'shop': ''}
    >>> suggest_fields(["Shipping Country", "State/Province", "State", "Shipping City"])
    {'Shipping Country': 'ship_to_country', 'State/Province': 'ship_to_state', 'State': '', 'Shipping City': ''}
    """
    names = list(names)
    exact = {name for name in names if name == CONSIGNMENT or field_of(name)}
    found: dict[str, str] = {}
    assigned = set(exact)
    for name in names:
        field = name if name in exact else COLUMN_ALIASES.get(_normalized(name)) or suggested_field(name)
        if name not in exact and field in assigned:
            field = ""
        assigned.add(field)
        found[name] = field
    return found


def fields_unread(names: Sequence[str], unread: Sequence[str], given: Collection[str]) -> dict[str, str]:
    """The fields that columns which are not read seem to give, if no other gives them; by the names of these columns.

    `names`: of all columns; `given`: the fields that columns or constants give. What only describes the goods is left
    out.

    >>> fields_unread(["hs_code", "Qty", "sku", "shop"], ["Qty", "sku", "shop"], {"hs_code"})
    {'Qty': 'quantity'}
    """
    found = suggest_fields(names)
    return {name: found[name] for name in unread if found[name] and found[name] not in {*given, *DESCRIBING}}


def fields_to_map(
    names: Sequence[str], mapping: Mapping[str, str | None], constants: Mapping[str, str]
) -> dict[str, str]:
    """The fields that columns without the name of one seem to give, by the names of these columns.

    >>> fields_to_map(["HS Code", "From", "amount", "sku"], {}, {})
    {'HS Code': 'hs_code', 'From': 'ship_from_country'}
    """
    plain = [name for name in names if name == CONSIGNMENT or field_of(name)]
    others = [name for name in names if name not in mapping and name not in plain]
    given = {*plain, *constants, *(field for field in mapping.values() if field)}
    found = fields_unread([name for name in names if name not in mapping], others, given)
    if "hs_code" in {*given, *found.values()} or "service" in given:
        return found
    described = next((name for name in others if suggest_fields([name])[name] == "description"), None)
    return found if described is None else found | {described: "description"}


def is_kind_of_buyer(cells: Iterable[object]) -> bool:
    """Whether the cells of a column are kinds of buyers, and not names of buyers.

    >>> is_kind_of_buyer(["Business", None, "consumer"]), is_kind_of_buyer(["Business", "Li Na"]), is_kind_of_buyer([])
    (True, False, False)
    """
    words = {str(cell).strip().lower() for cell in cells if cell is not None} - {""}
    return bool(words) and words <= {"consumer", "business"}


def _normalized(name: str) -> str:
    return " ".join(re.sub(r"[_./-]", " ", name).lower().split())


#: Fields that change no figure.
DESCRIBING = ("description", "reference")
#: Names of columns that have the kind of buyer in some tables, and the name of the buyer in others.
BUYERS = ("buyer", "customer")
#: Common column names in the languages of the pages, in lower case.
COLUMN_ALIASES = {
    **dict.fromkeys(("hs", "hs code", "hscode", "tariff code", "commodity code", "customs code"), "hs_code"),
    **dict.fromkeys(("税号", "商品编码", "hs编码", "海关编码", "mã hs", "mã số hàng hóa"), "hs_code"),
    **dict.fromkeys(("พิกัด", "พิกัดศุลกากร", "รหัส hs", "លេខកូដ hs", "កូដ hs"), "hs_code"),
    **dict.fromkeys(("qty", "pcs", "pieces", "count", "数量", "số lượng", "จำนวน", "បរិមាណ", "ចំនួន"), "quantity"),
    **dict.fromkeys(("price", "value", "total", "line total", "amount", "金额", "总价", "货值"), "amount"),
    **dict.fromkeys(("trị giá", "số tiền", "thành tiền", "มูลค่า", "จำนวนเงิน", "ราคา", "តម្លៃ", "ចំនួនទឹកប្រាក់"), "amount"),
    **dict.fromkeys(("ccy", "币种", "币制", "货币", "tiền tệ", "loại tiền", "สกุลเงิน", "រូបិយប័ណ្ណ"), "currency"),
    **dict.fromkeys(("from", "ship from", "from country", "exporter country", "起运国", "发货国"), "ship_from_country"),
    **dict.fromkeys(("nước xuất khẩu", "nước gửi", "ประเทศต้นทางส่ง", "ประเทศผู้ส่งออก", "ប្រទេសនាំចេញ"), "ship_from_country"),
    **dict.fromkeys(("to", "ship to", "destination", "to country", "importer country"), "ship_to_country"),
    **dict.fromkeys(
        ("目的国", "收货国", "nước nhập khẩu", "nước nhận", "ประเทศปลายทาง", "ប្រទេសនាំចូល"), "ship_to_country"
    ),
    **dict.fromkeys(("delivery country", "destination country"), "ship_to_country"),
    **dict.fromkeys(("province", "to state", "to province", "ship to province", "state province"), "ship_to_state"),
    **dict.fromkeys(("shipping province", "delivery state", "destination state"), "ship_to_state"),
    **dict.fromkeys(("省", "省份", "收货省份", "tỉnh", "tỉnh nhận", "จังหวัด", "ខេត្ត"), "ship_to_state"),
    **dict.fromkeys(("origin", "country of origin", "made in", "coo", "原产国", "原产地"), "country_of_origin"),
    **dict.fromkeys(("xuất xứ", "nước xuất xứ", "ถิ่นกำเนิด", "ประเทศกำเนิด", "ប្រទេសដើម", "ប្រភពដើម"), "country_of_origin"),
    **dict.fromkeys(("net weight", "weight", "weight kg", "net kg", "kg", "净重", "净重 kg"), "net_mass_kg"),
    **dict.fromkeys(("khối lượng tịnh", "trọng lượng tịnh", "น้ำหนักสุทธิ", "ទម្ងន់សុទ្ធ"), "net_mass_kg"),
    **dict.fromkeys(("gross weight", "gross kg", "毛重", "น้ำหนักรวม", "ទម្ងន់សរុប"), "gross_mass_kg"),
    **dict.fromkeys(("shipping", "freight", "shipping cost", "运费", "cước phí", "ค่าขนส่ง", "ថ្លៃដឹក"), "shipping_cost"),
    **dict.fromkeys(("insurance", "insurance cost", "保险费", "保费", "phí bảo hiểm", "ค่าประกันภัย"), "insurance_cost"),
    **dict.fromkeys(("day", "order date", "sale date", "日期", "ngày", "วันที่", "កាលបរិច្ឆេទ"), "date"),
    **dict.fromkeys(("buyer type", "customer type", "买方类型"), "buyer_kind"),
    **dict.fromkeys(("name", "product", "goods", "item", "description", "品名", "商品名称"), "description"),
    **dict.fromkeys(("tên hàng", "mô tả", "ชื่อสินค้า", "รายละเอียด", "ឈ្មោះទំនិញ"), "description"),
    **dict.fromkeys(("sku", "reference", "line id", "ref", "编号", "mã hàng"), "reference"),
    **dict.fromkeys(
        ("order", "order id", "order number", "order no", "consignment", "订单号", "mã đơn hàng"), CONSIGNMENT
    ),
    **dict.fromkeys(("เลขที่คำสั่งซื้อ", "លេខបញ្ជាទិញ"), CONSIGNMENT),
}
