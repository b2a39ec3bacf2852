"""Attributes that contradict a description: `leather wallet` with the material `plastic`."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Words of which goods have one kind, by what they say: the first word of each kind in English, then the others.
_KINDS: tuple[tuple[str, ...], ...] = (
    (
        (
            r"\b(?:faux|fake|vegan|imitation|artificial|pu|synthetic) leather\b|\bleatherette\b"
            r"|\b(?:plastics?|pvc|polyurethane|pu)\b"
            r"|塑料|人造革|仿皮|プラスチック|合皮|\bnhựa\b|da giả|da nhân tạo|พลาสติก|หนังเทียม|ប្លាស្ទិក|ជ័រ"
        ),
        r"\bleather\b|真皮|牛皮|皮革|本革|レザー|\bda\b(?! giả| nhân)|หนัง(?!เทียม|สือ)|ស្បែក(?!ជើង|សិប្ប)",
        r"\bcottons?\b|纯棉|全棉|棉|コットン|綿|\bbông\b|ผ้าฝ้าย|កប្បាស",
        r"\b(?:wool|woollen|cashmere)\b|羊毛|羊绒|ウール|\blen\b|ขนสัตว์|រោមចៀម",
        r"\bsilk\b|真丝|丝绸|シルク|\blụa\b|ผ้าไหม|សូត្រ",
        r"\b(?:polyester|nylon|acrylic)\b|涤纶|尼龙|ポリエステル|ナイロン|โพลีเอสเตอร์|ไนลอน",
        r"\b(?:wood|wooden)\b|木制|木质|实木|木製|\bgỗ\b|ไม้(?!ไผ่)|ឈើ",
        r"\bbamboo\b|竹|\btre\b|ไม้ไผ่|ឫស្សី",
        r"\bglass\b|玻璃|ガラス|thủy tinh|แก้ว|កញ្ចក់",
        r"\b(?:ceramics?|porcelain)\b|陶瓷|瓷|陶器|磁器|\bgốm\b|\bsứ\b|เซรามิก|សេរ៉ាមិច",
        r"\b(?:stainless|steel|iron)\b|不锈钢|钢|铁|ステンレス|\binox\b|\bthép\b|สแตนเลส|ដែក",
        r"\balumini?um\b|铝|アルミ|\bnhôm\b|อลูมิเนียม|អាលុយមីញ៉ូម",
        r"\b(?:paper|cardboard)\b|纸|紙|\bgiấy\b|กระดาษ|ក្រដាស",
        r"\b(?:rubber|silicone)\b|橡胶|硅胶|ゴム|シリコン|cao su|silicon|ยาง|ซิลิโคน|កៅស៊ូ",
    ),
    (
        r"\bfresh\b|新鲜|鲜|生鮮|\btươi\b|สด|ស្រស់",
        r"\bfrozen\b|冷冻|冻|冷凍|đông lạnh|แช่แข็ง|កក",
        r"\bdried\b|干|乾燥|ドライ|\bkhô\b|\bsấy\b|แห้ง|ក្រៀម",
    ),
    (
        r"\b(?:unroasted|not roasted|raw)\b|生豆|未焙|chưa rang|ยังไม่คั่ว",
        r"(?<!not )\broasted\b|焙炒|烘焙|焙煎|(?<!chưa )\brang\b|(?<!ไม่)คั่ว|លីង",
    ),
    (r"\b(?:knitted|knit|crocheted)\b|针织|ニット|dệt kim|ถัก", r"\bwoven\b|梭织|dệt thoi"),
    (
        r"\b(?:men|mens|man)\b|男|メンズ|\bnam\b|ผู้ชาย|បុរស",
        r"\b(?:women|womens|woman|ladies)\b|女|レディース|\bnữ\b|ผู้หญิง|នារី|ស្ត្រី",
    ),
)
_PATTERNS = tuple(tuple(re.compile(kind, re.IGNORECASE) for kind in kinds) for kinds in _KINDS)
#: What goods have beside what they are made of: `knife with wooden handle`.
_BESIDE = re.compile(r"\b(?:with|without|kèm)\b|配|付き", re.IGNORECASE)


def as_contradicted(text: str, values: Iterable[str]) -> str | None:
    """The description as attributes that contradict it would have it; None if none does.

    >>> as_contradicted("leather wallet", ["plastic"]), as_contradicted("leather wallet", ["real leather"])
    ('plastic wallet', None)
    >>> as_contradicted("giày da nữ", ["nhựa"]), as_contradicted("knife with wooden handle", ["steel"])
    ('giày nhựa nữ', None)
    """
    changed = text
    for value in values:
        for kinds in _PATTERNS:
            given = [at for at, kind in enumerate(kinds) if kind.search(value)]
            own = _BESIDE.split(text, maxsplit=1)[0]
            said = [at for at, kind in enumerate(kinds) if kind.search(own)]
            if given and said and not set(given) & set(said):
                for at in said:
                    changed = kinds[at].sub(value, changed, count=1)
    return changed if changed != text else None
