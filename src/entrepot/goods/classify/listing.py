"""What a listing says of the pack, the size, the origin and the place of use, and what says nothing of the goods.

Sellers write `roasted arabica coffee beans, 500 g bag` or `soy sauce 500 ml bottle`: the bag and the bottle are packs,
and a variety is not another kind of goods. These words are left out before a description is scored.
"""

from __future__ import annotations

import re

from entrepot.goods.classify.contradiction import may_deny
from entrepot.goods.classify.names import everyday_table, key_of, names_within

_MEASURE = (
    r"\d[\d.,]*\s?(?:kg|g|mg|ml|cl|l|oz|lbs?|litres?|liters?|grams?|克|公斤|毫升|กรัม|กก\.?|มล\.?|ក្រាម|គីឡូ)(?![a-z])"
)
_PACK = r"(?:bag|sack|jar|tin|can|bottle|box|carton|pack|packet|pouch|sachet|tub|tube|canister|case)s?"
#: A pack with what is in it: alone in a clause, or after the goods.
_PACK_CLAUSE = re.compile(
    rf"[,;(]\s*(?:in )?(?:an? )?(?:{_MEASURE}\s+{_PACK}|{_PACK} (?:of )?{_MEASURE})\s*\)?(?=\s*(?:[,;x×*]|$))",
    re.IGNORECASE,
)
_PACK_AFTER = re.compile(rf"({_MEASURE})\s+{_PACK}\b|\bin (?:an? )?{_PACK}\b", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?<=\S)[,(\s]+(?:packs?|box|set|lot|case|carton)s? of \d+(?: ?(?:pcs|pieces))?\b\)?", re.IGNORECASE
)
#: The words of packs before or after a measure in other languages.
_PACK_LOCAL = re.compile(
    r"(?<=\S)[\s,]+(?:gói|chai|hộp|túi|lon|hũ|lọ|bao|bịch|thùng|tuýp)\s*(?=\d)"
    r"|(?<=[\s\d克斤升gGlL])(?:袋装|罐装|瓶装|盒装|桶装|箱装|袋入り?|缶入り|瓶入り)(?=\s|$)"
    r"|(?<=[gGlLkK克])\s+(?:袋|罐|瓶|盒|缶|箱)(?=\s|$)"
    r"|(?<=[\s\d])(?:ถุง|ขวด|กระป๋อง|ซอง|กล่อง)(?=[\s\d]|$)|(?<=[\s\d])(?:កញ្ចប់|ដប|កំប៉ុង|ប្រអប់)(?=[\s\d០-៩]|$)",
    re.IGNORECASE,
)
_COUNTRIES = (
    "vietnam|viet nam|thailand|cambodia|china|japan|laos|lao pdr|myanmar|malaysia|singapore|indonesia"
    "|philippines|india|sri lanka|nepal|bangladesh|pakistan|korea|south korea|taiwan|hong kong|australia"
    "|new zealand|usa|united states|america|canada|mexico|brazil|colombia|peru|chile|argentina|ethiopia|kenya"
    "|uganda|rwanda|ghana|nigeria|egypt|morocco|turkey|türkiye|iran|italy|france|germany|spain|portugal|england"
    "|uk|united kingdom|scotland|ireland|netherlands|belgium|switzerland|austria|poland|sweden|norway|denmark"
    "|finland|greece|russia|ukraine|guatemala|costa rica|honduras|ecuador|madagascar|tanzania"
)
_ORIGIN = re.compile(
    rf"[,;(]\s*(?:from |made in |product of |produce of |origin:? ?"
    rf"|imported from )?(?:{_COUNTRIES})\s*\)?(?=\s*(?:[,;]|$))"
    rf"|\b(?:from|made in|product of|produce of|origin:?|imported from|grown in)\s+(?:{_COUNTRIES})\b"
    r"|[,;(]?\s*(?:xuất xứ|sản xuất tại|nhập khẩu từ):?\s+(?:việt nam|thái lan|trung quốc|nhật bản|hàn quốc"
    r"|campuchia|úc|mỹ)\b"
    r"|(?:原?产地?[:：]\s*)(?:中国|泰国|越南|柬埔寨|日本|韩国|马来西亚|印尼|法国|意大利|美国|澳大利亚|新西兰)"
    r"|(?<=\s)(?:中国|泰国|越南|柬埔寨|タイ|ベトナム|カンボジア|日本|国|韓国|インド|エチオピア|コロンビア"
    r"|ブラジル)[产産](?=\s|$)"
    r"|ผลิตใน(?:ประเทศ)?(?:ไทย|เวียดนาม|จีน|ญี่ปุ่น)|(?:ផលិតនៅ|មកពី)(?:ប្រទេស)?(?:កម្ពុជា|ថៃ|វៀតណាម|ចិន|ជប៉ុន)",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"[,(]?\s*\b(?:size|sz|cỡ|eu|us|uk)s?:? ?(?:\d{1,3}(?:\.5)?|x{0,4}[sml]|[2-5]xl)\b\)?"
    r"|[,(]\s*(?:x{0,3}[sml]|[2-5]xl)\b\)?(?=\s*(?:,|$))|(?<=\s)(?:x{0,3}[sml]|[2-5]xl)码",
    re.IGNORECASE,
)
_COLOUR = re.compile(
    r"[,(]\s*(?:colou?rs?:? )?(?:(?:dark|light|navy|sky|matte) )?(?:black|white|red|blue|green|yellow|brown"
    r"|gr[ae]y|pink|purple|orange"
    r"|beige|navy|khaki|ivory|cream|multi-?colou?red?)\s*\)?(?=\s*(?:,|$))",
    re.IGNORECASE,
)
_LAST_COLOUR = re.compile(
    r"(?<=\w)\s+(?:black|white|red|blue|yellow|brown|gr[ae]y|pink|purple|beige|navy|khaki)$", re.IGNORECASE
)
#: A colour that is the last of so many words says nothing of the goods (`shoes size 42 black`, but `tea black`).
COLOUR_AFTER = 3
_PLACE = re.compile(
    r"[,]?\s*\bfor (?:the |your |an? )?(?:dining room|living room|bedroom|home use|office use|home|house|office"
    r"|daily use|everyday use|home use|household use"
    r"|everyday wear|all occasions|all ages|adults)(?: and (?:office|home|bedroom|kitchen))?\b",
    re.IGNORECASE,
)
#: What does not come with the goods, though it often does: `phone without charger`, `toy, batteries not included`.
_APART = (
    r"(?:chargers?|batter(?:y|ies)|cables?|cords?|adapt[oe]rs?|plugs?|remotes?|controllers?|stands?|cases?|covers?|lids?"
    r"|box|packaging|bulbs?|phones?|laptops?|cards?|sim|tools?|accessor(?:y|ies)|pumps?|frames?|inserts?|inners?)"
)
_NOT_INCLUDED = re.compile(
    rf"[,(]?\s*\b(?:without|w/o|excl(?:uding|udes)?\.?|not including|no) (?:an? |the |any |usb )?{_APART}\b"
    rf"(?: (?:or|and) {_APART}\b)?(?: included)?\)?"
    rf"|[,(]?\s*\b{_APART}(?: (?:is|are))? (?:not included|sold separately|excluded)\)?"
    r"|[,(，（]?\s*(?:不含|不带|不包括|无)(?:充电器|电池|数据线|适配器|支架|盒子|遥控器)[)）]?"
    r"|[,(、（]?\s*(?:充電器|電池|ケーブル|アダプター?|リモコン|スタンド)(?:は)?(?:別売り?|なし|無し|付属しません)[)）]?"
    r"|[,(]?\s*(?:không (?:kèm|gồm|bao gồm)|chưa (?:kèm|bao gồm)) (?:pin|sạc|cáp|dây|hộp|củ sạc)\b\)?"
    r"|[,(]?\s*ไม่(?:รวม|มี|แถม)(?:แบตเตอรี่|ถ่าน|ที่ชาร์จ|สายชาร์จ|อะแดปเตอร์)\)?|មិនរួម(?:ថ្ម|ឆ្នាំងសាក)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"(?<=[a-z])['’]s\b|(?<=s)['’](?=\s)", re.IGNORECASE)
#: Varieties of one kind of goods: left out beside its name, and in its place otherwise.
_VARIETIES = (
    (
        re.compile(
            r"\b(?:arabica|robusta|liberica)\b|阿拉比[卡加]|罗布斯塔|アラビカ種?|ロブスタ種?|อาราบิก[้]?า"
            r"|โรบัสต[้]?า|អារ៉ាប៊ីកា|រ៉ូប៊ូស្តា",
            re.IGNORECASE,
        ),
        re.compile(r"coffee|espresso|cà phê|咖啡|コーヒー|珈琲|กาแฟ|កាហ្វេ", re.IGNORECASE),
        "coffee",
    ),
)
#: Meat, of which `turkey` is a kind and not an origin.
_MEAT = re.compile(
    r"\b(?:meat|poultry|sausage|breast|thigh|drumstick|wing|leg|bacon|ham|mince|bird|steak|burger|giblet)s?\b",
    re.IGNORECASE,
)
_TURKEY = re.compile(r"\bturkey\b", re.IGNORECASE)
#: A telephone before what is made for it: `Samsung Galaxy phone case`, `手机壳 苹果15`.
_TELEPHONE = re.compile(
    r"\b(?:for )?(?:apple )?(?:iphone|samsung(?: galaxy)?|galaxy|xiaomi|redmi|huawei|oppo|vivo|realme|pixel)"
    r"(?: ?(?:[a-z]?\d{1,3}[a-z]?|note|pro|max|plus|ultra|mini|se|fold|flip))*\b(?! \d*gb)|苹果 ?\d{1,2}"
    r"|ไอโฟน ?\d{0,2}",
    re.IGNORECASE,
)
_FOR_TELEPHONES = re.compile(
    r"\b(?:case|cover|protector|holder|stand|strap|tempered glass)s?\b|手机壳|保护壳|手机套|钢化膜|ケース|カバー"
    r"|ốp lưng|bao da|เคส|ស្រោមទូរស័ព្ទ",
    re.IGNORECASE,
)
#: Other devices of the makers of telephones.
_OTHER_DEVICE = re.compile(
    r"\b(?:tvs?|televisions?|washing machine|fridge|refrigerator|air conditioner|vacuum|watch|laptop"
    r"|camera|monitor|printer|projector|scooter)\b",
    re.IGNORECASE,
)
#: What is left out as long as words are left.
_LEFT_OUT = (_SIZE, _PACK_CLAUSE, _COUNTED, _PACK_LOCAL, _PLACE)
#: The chapters of what is sold in bags, jars and bottles: foods, drinks, chemicals, cosmetics, soap.
_PACKED = (*(f"{chapter:02}" for chapter in range(3, 25)), *map(str, range(28, 35)), "38", "27")
#: The chapters of goods whose colour may be their kind: `tea, green`, `juice, orange`, `wine, red`.
_COLOUR_IS_KIND = tuple(f"{chapter:02}" for chapter in range(2, 25))


def without_listing_words(text: str) -> str:
    """A description without what says nothing of the goods; the description itself if it is a name of goods.

    >>> without_listing_words("roasted arabica coffee beans, 500 g bag"), without_listing_words("arabica beans")
    ('roasted coffee beans', 'coffee beans')
    >>> without_listing_words("soy sauce 500 ml bottle"), without_listing_words("glass bottle 500 ml")
    ('soy sauce 500 ml', 'glass bottle 500 ml')
    >>> without_listing_words("dried mango, 200 g pack, Thailand"), without_listing_words("nước mắm chai 500 ml")
    ('dried mango', 'nước mắm 500 ml')
    >>> [without_listing_words(each) for each in ("socks, black", "tea, black", "figs, Turkey", "meat, turkey")]
    ['socks', 'tea, black', 'figs', 'meat, turkey']
    >>> without_listing_words("phone without charger"), without_listing_words("toy car (batteries not included)")
    ('phone', 'toy car')
    """
    if key_of(text[:80]) in everyday_table():
        return text
    left = _POSSESSIVE.sub("", text)
    long = len(left.split()) > COLOUR_AFTER
    if not (_TURKEY.search(left) and _MEAT.search(left)):
        left = _without(_ORIGIN, left)
    if may_deny(left):
        left = _without(_NOT_INCLUDED, left)
    for pattern in _LEFT_OUT:
        left = _without(pattern, left)
    for pattern in (_COLOUR, _LAST_COLOUR) if long else (_COLOUR,):
        if (shorter := _without(pattern, left)) != left and not _names_goods_of(shorter, _COLOUR_IS_KIND):
            left = shorter
    for variety, goods, name in _VARIETIES:
        if variety.search(left):
            left = variety.sub("" if goods.search(left) else name, left)
    if _FOR_TELEPHONES.search(left) and (phone := _TELEPHONE.search(left)) and not _OTHER_DEVICE.search(left):
        named = "phone" in left.lower().replace("iphone", "") or not phone[0].isascii() or not left.isascii()
        left = _TELEPHONE.sub(" " if named else "phone", left)
    if (shorter := _PACK_AFTER.sub(r"\1", left)) != left and _names_goods_of(shorter, _PACKED):
        left = shorter
    return left if left is text else " ".join(left.split()).strip(" ,;") or text


def _without(pattern: re.Pattern[str], text: str) -> str:
    """A text without what a pattern finds; the text itself if no letter would be left."""
    shorter = pattern.sub(" ", text)
    return shorter if shorter != text and any(map(str.isalpha, shorter)) else text


def _names_goods_of(text: str, chapters: tuple[str, ...]) -> bool:
    """Whether a text names goods of some chapters."""
    names = names_within(text, everyday_table())
    return bool(names) and names[0].codes[0].startswith(chapters)
