"""Attributes that contradict a description: `leather wallet` with the material `plastic`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: Words of which goods have one kind, by what they say: the first word of each kind in English, then the others.
_KINDS: tuple[tuple[str, ...], ...] = (
    (
        (
            r"\b(?:faux|fake|vegan|imitation|artificial|pu|synthetic) leather\b|\bleatherette\b"
            r"|\b(?:plastics?|pvc|polyurethane|pu)\b"
            r"|塑料|人造革|仿皮|プラスチック|合皮|\bnhựa\b|da giả|da nhân tạo|พลาสติก|หนังเทียม|ប្លាស្ទិក|ជ័រ"
        ),
        (
            r"\bleather\b|真皮|牛皮|皮革|本革|レザー"
            r"|(?<!màu )(?<!dưỡng )(?<!chăm sóc )(?<!cho )\bda\b(?! giả| nhân| dầu| khô| mặt)"
            r"|หนัง(?!เทียม|สือ)|ស្បែក(?!ជើង|សិប្ប)"
        ),
        r"\bcottons?\b|纯棉|全棉|棉(?!花糖|签)|コットン|綿|\bbông\b|ผ้าฝ้าย|កប្បាស",
        r"\b(?:wool|woollen|cashmere)\b|羊毛|羊绒|ウール|\blen\b|ขนสัตว์|រោមចៀម",
        r"\bsilk\b|真丝|丝绸|シルク|\blụa\b|ผ้าไหม|សូត្រ",
        r"\b(?:polyester|nylon|acrylic)\b|涤纶|尼龙|ポリエステル|ナイロン|โพลีเอสเตอร์|ไนลอน",
        r"\b(?:wood|wooden)\b|木制|木质|实木|木製|\bgỗ\b|(?<!ดอก)(?<!ผล)(?<!ต้น)ไม้(?!ไผ่|กวาด|แขวน|ถู|ขีด|บรรทัด)|ឈើ",
        r"\bbamboo\b|竹|\btre\b|ไม้ไผ่|ឫស្សី",
        r"\bglass\b|玻璃|ガラス|thủy tinh|แก้ว(?!มังกร)|កញ្ចក់",
        r"\b(?:ceramics?|porcelain)\b|陶瓷|瓷|陶器|磁器|\bgốm\b|\bsứ\b|เซรามิก|សេរ៉ាមិច",
        (
            r"\b(?:stainless|steel|cast iron|wrought iron)\b|^iron\b"
            r"|不锈钢|钢(?![笔琴])|铁(?!观音)|ステンレス|\binox\b|\bthép\b|สแตนเลส|ដែក"
        ),
        r"\balumini?um\b|铝|アルミ|\bnhôm\b|อลูมิเนียม|អាលុយមីញ៉ូម",
        r"\b(?:paper|cardboard)\b|纸(?!尿)|紙(?!おむつ)|\bgiấy\b|กระดาษ|ក្រដាស",
        r"\b(?:rubber|silicone)\b|橡胶|硅胶|ゴム|シリコン|(?<!kẹo )cao su|silicon|ยาง(?!รถ|ลบ)|ซิลิโคน|កៅស៊ូ",
    ),
    (
        r"\bfresh\b|新鲜|(?<!海)鲜(?!花)|生鮮|\btươi\b|สด|ស្រស់",
        r"\bfrozen\b|冷冻|(?<!果)冻|冷凍|đông lạnh|แช่แข็ง|កក",
        r"\bdried\b|(?<!饼)干(?!电池|手)|乾燥|ドライ|\bkhô\b|\bsấy\b|แห้ง|ក្រៀម",
    ),
    (
        r"\b(?:unroasted|not roasted|raw)\b|生豆|未焙|chưa rang|ยังไม่คั่ว",
        r"(?<!not )\broasted\b|焙炒|烘焙|焙煎|(?<!chưa )\brang\b|(?<!ไม่)คั่ว|លីង",
    ),
    (r"\b(?:knitted|knit|crocheted)\b|针织|ニット|dệt kim|ถัก", r"\bwoven\b|梭织|dệt thoi"),
    (
        r"\b(?:men|mens|man)\b|男|メンズ|(?<!việt )\bnam\b|ผู้ชาย|បុរស",
        r"\b(?:women|womens|woman|ladies)\b|女|レディース|\bnữ\b|ผู้หญิง|នារី|ស្ត្រី",
    ),
)
_PATTERNS = tuple(tuple(re.compile(kind, re.IGNORECASE) for kind in kinds) for kinds in _KINDS)
#: A material of which a description says that its goods are not: `non-leather belt`. Wood-free paper is paper.
_MATERIAL = (
    r"(?:leather|cotton|wool(?:len)?|silk|wood(?:en)?|plastic|metal|glass|fur|bamboo|rubber|steel|polyester|nylon"
    r"|linen)"
)
_NOT_OF = re.compile(
    rf"\b(?:non|not|no)[\s-]+(?:(?:real|genuine|pure) )?{_MATERIAL}\b|\b{_MATERIAL}[\s-]free\b(?! paper)"
    r"|(?:非|不是)(?:真皮|皮革|皮[的质制]|纯棉|棉|木质|木制|塑料)|(?:本革|革|綿|木製|プラスチック)では(?:ない|ありません)"
    r"|\bkhông phải (?:bằng )?(?:da|gỗ|bông|lụa|nhựa)\b(?: thật)?"
    r"|ไม่ใช่(?:หนังแท้|หนัง|ไม้|ผ้าฝ้าย|พลาสติก)|មិនមែន(?:ស្បែក|ឈើ|ប្លាស្ទិក)",
    re.IGNORECASE,
)
#: One of these is in every text that says what goods are not, or what does not come with them.
_DENIALS = tuple(
    "no free w/o excl separately without 非 不 无 無 なし 別売 ない ありません 付属 không chưa ไม่ មិន".split()  # noqa: SIM905  # a list
)
_LEATHER = re.compile(r"leather|皮|革|\bda\b|หนัง|ស្បែក", re.IGNORECASE)
#: Where goods are of leather.
_OF_LEATHER = ("41", "4203", "4205", "420211", "420221", "420231", "420291", "6403")
#: What goods have beside what they are made of: `knife with wooden handle`.
_BESIDE = re.compile(r"\b(?:with|without|kèm)\b|配|付き", re.IGNORECASE)
#: Names of attributes that speak of a part, of the pack or of the origin: shoes of leather have soles of rubber.
_OF_A_PART = re.compile(
    r"\b(?:out|in)?soles?\b|\b(?:lining|lined|handles?|grips?|pack\w*|box|container|bottle|straps?|fill\w*|padding|trims?"
    r"|frames?|lids?|base|covers?|coat\w*|buckles?|zip\w*|collar|decoration|origin|country|made in)\b"
    r"|包装|鞋底|里料|衬里|内衬|手柄|填充|边框|产地|原产|靴底|ソール|裏地|持ち手|中綿|梱包|パッケージ|原産"
    r"|\bđế\b|\blót\b|bao bì|tay cầm|\bcán\b|\bquai\b|\bruột\b|\bviền\b|\bnắp\b|xuất xứ"
    r"|พื้นรองเท้า|ซับใน|ด้าม|บรรจุ|ไส้|กรอบ|ฝา|แหล่งกำเนิด|បាត|ដង|វេច|ប្រភព",
    re.IGNORECASE,
)


def as_contradicted(text: str, attributes: Iterable[tuple[str, str]]) -> str | None:
    """The description as attributes that contradict it would have it; None if none does.

    `attributes`: names and values. An attribute of a part, such as the sole of shoes, contradicts nothing.

    >>> as_contradicted("leather wallet", [("material", "plastic")])
    'plastic wallet'
    >>> as_contradicted("leather wallet", [("material", "real leather")])
    >>> as_contradicted("leather shoes", [("sole", "rubber")])
    >>> as_contradicted("giày da nữ", [("chất liệu", "nhựa")])
    'giày nhựa nữ'
    >>> as_contradicted("knife with wooden handle", [("material", "steel")])
    """
    changed = text
    for name, value in attributes:
        if _OF_A_PART.search(name):
            continue
        for kinds in _PATTERNS:
            given = [at for at, kind in enumerate(kinds) if kind.search(value)]
            own = _BESIDE.split(text, maxsplit=1)[0]
            said = [at for at, kind in enumerate(kinds) if kind.search(own)]
            if given and said and not set(given) & set(said):
                for at in said:
                    changed = kinds[at].sub(value, changed, count=1)
    return changed if changed != text else None


def may_deny(text: str) -> bool:
    """Whether a text has a word that denies something; looked up before slower patterns.

    >>> may_deny("phone without charger"), may_deny("leather belt")
    (True, False)
    """
    lower = text.lower()
    return any(word in lower for word in _DENIALS)


def without_denied(text: str) -> str:
    """A description without the materials of which its goods are not.

    >>> without_denied("non-leather belt"), without_denied("belt, not leather"), without_denied("non-stick pan")
    ('belt', 'belt', 'non-stick pan')
    """
    left = _NOT_OF.sub(" ", text) if may_deny(text) else text
    return " ".join(left.split()).strip(" ,;") if left != text and any(map(str.isalpha, left)) else text


def without_denied_codes(text: str, ranked: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The candidates of a description that says of which material its goods are not, without those of leather if it is.

    >>> without_denied_codes("non-leather belt", [("420330", 0.6), ("621710", 0.3), ("392620", 0.1)])
    [('621710', 0.75), ('392620', 0.25)]
    >>> without_denied_codes("non-cotton shirt", [("620520", 0.6)])
    [('620520', 0.6)]
    """
    denied = any(_LEATHER.search(found[0]) for found in _NOT_OF.finditer(text))
    left = [each for each in ranked if not (denied and each[0].startswith(_OF_LEATHER))]
    whole = sum(share for _code, share in left)
    return [(code, round(share / whole, 9)) for code, share in left] if denied and left else list(ranked)
