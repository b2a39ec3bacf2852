"""What a text is before it is classified: a description, or something that is not one."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from entrepot.goods import normalize
from entrepot.goods.classify.features import described_words
from entrepot.goods.classify.names import everyday_table, key_of, names_within
from entrepot.goods.classify.services import is_service
from entrepot.model import codes

#: The longest description, in characters.
MAX_CHARACTERS = 2000
_TAG = re.compile(r"<(script|style)\b[^<>]{0,200}>.{0,2000}?</\1\s*>|<[^<>]{0,200}>", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-fA-F]{1,6}|[a-zA-Z]{2,10});")
#: An address in the web or of mail, and what may stand before a code.
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|[\w.+-]{1,64}@[\w-]+\.[\w.]+|\b[\w-]+\.(?:com|net|org|shop|store|html?)(?:/\S*)?",
    re.IGNORECASE,
)
_BEFORE_CODE = re.compile(
    r"^(?:the )?(?:(?:hs|hts|htsus|cn|taric|tariff|customs|commodity|harmoni[sz]ed(?: system)?|goods|item)[- ]*)*"
    r"(?:code|no|number|heading|subheading)?s?\b[.:#\s]*(?=\d)|^(?:hs|hts|cn)(?=\d)"
    r"|^(?:税号|税则号|税则号列|海关编码|商品编码|HSコード|統計品目番号|mã hs|mã số hs|พิกัด(?:ศุลกากร)?"
    r"|รหัส(?: ?hs)?|លេខកូដ(?: ?hs)?)[:：\s]*(?=\d)",
    re.IGNORECASE,
)
#: How a person asks for a code in place of a description.
_ASKED = re.compile(
    r"^(?:(?:please|hello|hi)[,!]?\s+)?(?:(?:i|we) (?:want|would like|need|wish) to (?:buy|sell|ship|send|import"
    r"|export|order)|(?:i|we) (?:am |are )?"
    r"(?:buy(?:ing)?|sell(?:ing)?|ship(?:ping)?|export(?:ing)?|import(?:ing)?)|i'm (?:buying|selling|shipping)"
    r"|looking for"
    r"|(?:what(?:'s| is| are) )?(?:the )?(?:hs |hts |tariff |customs )?(?:codes?|duty|dut(?:ies)|tariff"
    r"|tax(?:es)?)(?: rate)?s? (?:for|of|on)"
    r"|classify|i have)\s+(?:an? |some |the |my )?(?=\w)",
    re.IGNORECASE,
)
#: What stands between goods and a service, services that are part of the price, and what goods are for.
_BESIDE_SERVICE = re.compile(r"\s+(?:and|&|\+|with|plus|và|kèm|และ|พร้อม|និង)\s+|\s*[+,;，；、和]\s*", re.IGNORECASE)
_FREE = re.compile(r"(?:free|fast|with|including|incl\.?)\b|miễn phí|giao hàng|免费|包邮|送料無料|ส่งฟรี", re.IGNORECASE)
_PREPOSITION = re.compile(r"(?:for|of|in|from|to|by|used|suitable|cho|dùng|สำหรับ|សម្រាប់)\b", re.IGNORECASE)
#: Names of goods of two letters that no list of everyday names has.
_SHORT_NAMES = ("cd", "ac", "pe", "pp")
#: Signs between two goods.
_BETWEEN = re.compile(r"\s+(?:and|und|&|\+|et|và|และ|និង|with a free)\s+|\s*[+;；、]\s*|\s+/\s+|和|以及", re.IGNORECASE)
#: Words that may mean any goods, in the singular, and words of tests and names of persons, which mean none.
_ANY_GOODS = frozenset(
    "stuff thing item product good merchandise commodity gift present sample my other "  # noqa: SIM905  # a list
    "various miscellaneous mixed assorted unspecified used household none nothing something anything "
    "daily weekly monthly yearly annual quarterly seasonal micro mega misc lot bulk personal effect commercial value "
    "everything unknown undefined unnamed untitled null nan nil tbd todo test testing tester example "
    "hello hi hey world foo bar baz please thank thanks sit john james robert michael david richard "
    "joseph thomas mary patricia jennifer linda elizabeth susan sarah karen maria garcia smith johnson "
    "jones miller davis rodriguez martinez hernandez lopez gonzalez anderson nguyễn trần phạm văn thị "
    "black white red blue green yellow grey gray pink purple brown made vietnam china thailand japan cambodia korea "
    "mother father wife husband friend "
    "asdf asdfgh qwerty lorem ipsum dolor amet abc xyz sku i we you want need buy sell yes no ok hàng hóa "
    "hoá mẫu quà tặng sản phẩm 商品 货物 貨物 礼物 礼品 样品 东西 无商业价值 サンプル ギフト ギフトセット "
    "สินค้า ของขวัญ ของแถม ของใช้ส่วนตัว ទំនិញ របស់ផ្ទាល់ខ្លួន".split()
)

#: Names of economies, which say from where goods are and not what they are: `China` alone is not porcelain. No names
#: that are goods as well, such as turkey.
_ECONOMIES = frozenset(
    "china|vietnam|viet nam|thailand|cambodia|japan|korea|"  # noqa: SIM905  # a list
    "south korea|taiwan|hong kong|india|indonesia|malaysia|"
    "singapore|philippines|laos|myanmar|germany|france|italy|spain|united kingdom|united states|usa|australia|canada|"
    "中国|中國|越南|泰国|泰國|柬埔寨|日本|韩国|韓国|韓國|印度|印度尼西亚|马来西亚|新加坡|美国|美國|德国|法国|英国|意大利|"
    "ベトナム|カンボジア|インド|インドネシア|マレーシア|シンガポール|アメリカ|ドイツ|フランス|イタリア|イギリス|"
    "trung quốc|việt nam|thái lan|campuchia|nhật bản|hàn quốc|đài loan|ấn độ|hoa kỳ|đức|pháp|"
    "จีน|ประเทศจีน|เวียดนาม|ไทย|ประเทศไทย|กัมพูชา|ญี่ปุ่น|เกาหลี|เกาหลีใต้|ไต้หวัน|อินเดีย|สหรัฐอเมริกา|"
    "ចិន|ប្រទេសចិន|វៀតណាម|ថៃ|ប្រទេសថៃ|កម្ពុជា|ប្រទេសកម្ពុជា|ជប៉ុន|កូរ៉េ".split("|")
)


def plain_text(text: str) -> str:
    """A text without the marks of HTML, and without characters that cannot be written.

    >>> plain_text("<b>Green</b>&nbsp;tea")
    'Green tea'
    """
    clean = text.encode(errors="replace").decode()
    return " ".join(_ENTITY.sub(" ", _TAG.sub(" ", clean)).split())


def without_questions(text: str) -> str:
    """A text without links, and without the words by which a person asks for a code.

    >>> without_questions("what is the HS code for coffee?"), without_questions("I want to buy a leather wallet")
    ('coffee', 'leather wallet')
    >>> without_questions("leather wallet https://shop.example/1"), without_questions("https://shop.example/1")
    ('leather wallet', '')
    """
    left = " ".join(_LINK.sub(" ", text).split())
    asked = _ASKED.sub("", left, count=1)
    return left if asked == left else asked.rstrip(" ?!.")


def language_of_text(text: str) -> str:
    """The language that the letters of a text show; English for plain letters.

    >>> [language_of_text(each) for each in ("tea", "茶叶", "giày", "กาแฟ", "កាហ្វេ", "コーヒー豆")]
    ['en', 'zh', 'vi', 'th', 'km', 'ja']
    """
    return "en" if text.isascii() else _language(text[:MAX_CHARACTERS])


@lru_cache(maxsize=16)
def _language(text: str) -> str:
    counts: dict[str, int] = {}
    for sign in text:
        point = ord(sign)
        if 0x3041 <= point <= 0x30FF:
            return "ja"
        if 0x0E00 <= point <= 0x0E7F:
            counts["th"] = counts.get("th", 0) + 1
        elif 0x1780 <= point <= 0x17FF:
            counts["km"] = counts.get("km", 0) + 1
        elif normalize.is_han(sign):
            counts["zh"] = counts.get("zh", 0) + 1
        elif point > 0x7F and sign.isalpha() and normalize.fold(sign).isascii():
            counts["vi"] = counts.get("vi", 0) + 1
    return max(counts, key=lambda each: counts[each]) if counts else "en"


def unusable(text: str, clean: str) -> str | None:
    """Why a text cannot be classified; None for one that can. `clean`: as `plain_text` returns it.

    >>> unusable("", ""), unusable("0901.21", "0901.21"), unusable("roasted coffee", "roasted coffee")
    ('empty', 'is_a_code', None)
    """
    if not text.strip():
        return "empty"
    if len(text) > MAX_CHARACTERS:
        return "too_long"
    if not clean:
        return "is_a_link" if plain_text(text) else "no_words"
    if not clean[-1].isalpha() and codes.code_of(_BEFORE_CODE.sub("", clean)):  # no code ends with a letter
        return "is_a_code"
    # Where a text begins with three letters, it has enough of them.
    letters = clean[:3] if len(clean) > 2 and clean[:3].isalpha() else _letters(clean)
    if not letters:
        return "no_words"
    named = key_of(clean[:80]) in everyday_table() or clean.casefold() in _SHORT_NAMES
    if len(letters) < 3 and not named and max(letters) < "\u0250" and not any(map(str.isdigit, clean)):
        return "too_short"
    if clean.casefold().strip(" .,") in _ECONOMIES:
        return "unknown_words"
    if reason := _of_service(clean):
        return reason
    words = [word for word in described_words(clean) if named or len(word) > 2 or not word.isascii()]
    if not named and _ANY_GOODS.issuperset(words):  # no words: a word of shops, or an article number
        return "unknown_words"
    return None


def _letters(text: str) -> list[str]:
    """The letters of a text, and the marks that belong to them."""
    return [sign for sign in text if unicodedata.category(sign)[0] in "LM"]


def _of_service(text: str) -> str | None:
    """The reason where a text names a service, or goods and a service."""
    language = language_of_text(text)
    each = [part for part in (each.strip() for each in _BESIDE_SERVICE.split(text)) if part and not _FREE.match(part)]
    if len(each) < 2:
        return "service" if is_service(text, language) else None
    services = [part for part in each if not _PREPOSITION.match(part) and is_service(part, language)]
    if services and any(names_within(part, everyday_table()) for part in each if part not in services):
        return "goods_and_service"
    return "service" if is_service(text, language) else None


def parts(text: str) -> list[str]:
    """The parts of a text that may be different goods.

    >>> parts("coffee beans and leather shoes"), parts("green tea")
    (['coffee beans', 'leather shoes'], ['green tea'])
    """
    return [part for part in (each.strip() for each in _BETWEEN.split(text)) if part]
