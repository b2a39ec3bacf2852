"""Words and numbers beside a mass, litres or a strength in a description, in six languages: which leave it clear.

The lists of what makes a number unclear are wide: a word that is one by chance only leaves a measure open.
"""

from __future__ import annotations

import re

#: Letters of English and Vietnamese, as a part of a class of characters.
LATIN = "a-zÀ-ÖØ-öø-ỹ"
#: Numbers of something else that leave a content clear, with what follows: other units, ages, stages of infant milk.
_OTHER_UNITS = (
    r"mg|mcg|µg|iu|kcal|kj|kw|w|v|hz|rpm|cm|mm|in(?:ch(?:es)?)?|db|mesh|years?(?: old)?|yrs?|yo|months?|m|"
    r"năm|tháng|tuổi"
)
#: And with what precedes: a number or a kind, not a count.
_BEFORE = r"no\.?|nr\.?|n°|№|type|grade|spf|omega|vitamin|stage|shade|colou?r|formula|vintage|phase|số|màu|เบอร์|色号"
#: Letters that count when they stand before a number: `x24`, `PK6`.
_COUNTING = r"x|pk|pcs|ct|qty|lot|set"
HARMLESS = re.compile(
    rf"(?<![\d.,])\d+(?:[.,]\d+)?\s?(?:(?:{_OTHER_UNITS})(?![{LATIN}])|段|阶段|岁|歳|才|个月|個月|ヶ月|か月|月|年|号|เดือน|ปี)"
    rf"|(?<![{LATIN}\d])(?:{_BEFORE})\s?-?\d+(?![.,]?\d)"
    rf"|(?<![{LATIN}\d])(?!{_COUNTING})(?-i:[A-Z]{{1,3}}|[a-z])-?\d+(?![.,]?\d)"
    rf"|(?<![\d.,])(?:19[5-9]|20[0-4])\d(?![.,]?\d)(?!\s*[{LATIN}×*✕])|(?<![\d.,])100\s?%",
    re.IGNORECASE,
)

_VIETNAMESE = "gói|chai|hộp|túi|lon|hũ|lọ|bịch|thùng|viên|cái|bao|bánh|quả"
#: Words of bounds and estimates, of packs of an unknown or a written number, of gifts, and of what a content is not of.
UNCLEAR = re.compile(
    r"\b(?:capacity|up ?to|under|over|below|above|less|more|at least|at most|exceeding|max(?:imum)?|min(?:imum)?|about"
    r"|approx(?:imately)?|around|ca|circa|roughly|nearly|from|per|each|every|serving|makes?|yields?|dilutes?|loads?"
    r"|(?:packs?|box) of \d|holds?|gsm|free gift|buy|refills?|multi-?packs?|cases?|crates?|trays?|bundles?|sets?|kits?"
    r"|lots?|pallets?|combo|assort(?:ed|ment)|hampers?|pairs?|twin|double|triple|duo|trio|dozens?|couple|several"
    r"|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|packs|bottles|cans|jars|tins|bags|sachets|pouches"
    r"|boxes|bars|tubes|tubs|packets|cartons|loaves|pots|sticks|pieces|sacks|drums|barrels|kegs|rolls|blocks|capsules"
    r"|tablets)\b"
    r"|[≥≤<>~≈±]\s*\d|\d[^\d]{0,9}[+±]"
    r"|[一二两兩三四五六七八九十双雙半多整每毎]\s?(?:[瓶袋包盒罐箱件支枝条條桶组組份个個听聽提本缶枚斤粒片]|千?克|公斤|毫?升)"
    r"|(?<!合)[一二两兩三四五六七八九十双雙半多每毎]\s*\d"
    r"|约|約|大概|左右|以上|以下|以内|以內|不少于|不超过|超过|超過|至少|最多|低于|高于|未満|前後|程度|可装|适合|买|買|送|赠"
    r"|套装|套裝|组合|組合|量贩|あたり|当たり|当り|ごと|ケース|セット|ダース|まとめ|詰め?合わせ|約"
    r"|\b(?:khoảng|xấp xỉ|tối đa|tối thiểu|mỗi|cặp|lốc|thùng|bộ|vỉ|tá|tặng|không quá)\b|\b(?:từ|trên|dưới)\s\d"
    rf"|\b(?:hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|đôi|nhiều)\s(?:{_VIETNAMESE})\b"
    r"|ประมาณ|ไม่เกิน|ไม่น้อย|มากกว่า|น้อยกว่า|ขึ้นไป|ต่อ|โหล|ลัง|คู่|สอง|สาม|สี่|ห้า|เซ็ต|เซต|ชุด|แถม|แพ็ค|แพค"
    r"|(?:ถุง|ขวด|ซอง|กล่อง|ชิ้น|ห่อ|กระป๋อง)ละ"
    r"|ប្រហែល|ក្នុងមួយ|យ៉ាងតិច|មិនលើស|ជាង|ពីរ|បី|បួន|ប្រាំ|ដប់|កេស|យួរ|ឈុត",
    re.IGNORECASE,
)
#: Parts of foods of which a small mass beside them may be the dose: `24 g protein`.
NUTRIENTS = re.compile(
    r"protein|sugar|carb|fib(?:re|er)|\bfat\b|caffeine|collagen|sodium|\bsalt\b|creatine|bcaa|蛋白|糖|脂肪|咖啡因|纤维|纖維|胶原|膠原"
    r"|たんぱく|タンパク|プロテイン|糖質|コラーゲン|カフェイン|食塩|đạm|đường|chất xơ|โปรตีน|น้ำตาล|คอลลาเจน|ប្រូតេអ៊ីន|ស្ករ",
    re.IGNORECASE,
)
#: Words of other shares and degrees in the description of a drink: discounts, juice, grain, polished rice, storage.
OTHER_SHARES = re.compile(
    r"\b(?:off|discount|sale|sugar|juice|rye|corn|malt|wheat|barley|agave|grain|grapes?|blend|less|more|extra|free"
    r"|served?|chill(?:ed)?|stor(?:e|age|ed)|temperature|up to|from|at least)\b"
    r"|精米|歩合|磨|折|割引|果汁|麦芽|麥芽|麦汁|冷蔵|冷藏|冷凍|冷冻|保存|℃|以下|以上"
    r"|优惠|優惠|giảm|bảo quản|ลด|เก็บ|បញ្ចុះ",
    re.IGNORECASE,
)
