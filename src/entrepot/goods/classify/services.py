"""Whether a text names a service: no code of goods fits one.

English names what something is at the end of a phrase (`yoga class`), Vietnamese, Khmer and Thai at its beginning. A
word that only services have counts anywhere; a word that goods have too (`class`, `plan`) only at that place.
"""

from __future__ import annotations

import re

#: English: anywhere.
_ANYWHERE = re.compile(
    r"\b(?:consult(?:ing|ancy|ancies|ations?)|tele-?(?:consultations?|medicine|health|therapy|care)|saas"
    r"|e-?learning|mooc"
    r"|(?:software|platform|infrastructure)[- ]as[- ]a[- ]service|webinars?|video (?:call|visit) with"
    r"|(?:consulting|repair|installation|delivery|shipping|translation|marketing|logistics|maintenance|massage"
    r"|streaming"
    r"|cleaning|legal|financial|accounting|design|hosting|transport|transportation|courier|IT|advisory)"
    r" services?"
    r"|(?:software|cloud|web|internet|saas|app|streaming|video|music|online) (?:subscriptions?|memberships?)"
    r"|(?:online|virtual|remote|live|distance) (?:english |yoga |math |language |cooking |fitness |piano )?"
    r"(?:courses?|class(?:es)?|lessons?|trainings?|tutor(?:ing|ials?)|coaching|consultations?|workshops?|therapy"
    r"|doctor)"
    r"|dich vu|tu van|khoa hoc (?:online|truc tuyen)|(?:yoga|cooking|language|pottery|online) workshops?"
    r"|legal advice|airline tickets?|plane tickets?|flight tickets?|hotel (?:rooms?|bookings?|stays?|nights?)"
    r"|(?<!đọc )(?:e-?books?|audio-?books?)(?=$| (?:downloads?|files?|bundles?|editions?|pdf|epub|mobi|mp3)\b)"
    r"|(?:digital|instant|pdf|mp3|music|movie|game|software|app|ebook) downloads?|download codes?"
    r"|software licen[cs]es?|(?:web|cloud|domain|server|app) hosting|freight forwarding|massage therapy)\b",
    re.IGNORECASE,
)
#: English: at the end of a phrase.
_AT_THE_END = re.compile(
    r"(?:\b(?:services?|subscriptions?|tutoring|tuition|coaching|lessons?|courses?|seminars?|insurance|bookings?"
    r"|memberships?|massage|haircuts?|hosting|outsourcing|bookkeeping|babysitting|translations?)"
    r"|\b(?:yoga|pilates|dance|cooking|language|english|music|art|math|maths|fitness|zumba|swimming|painting|pottery"
    r"|piano|guitar|driving|spin|evening|group|private) class(?:es)?"
    r"|\b(?:personal|staff|corporate|employee|sales|safety|software|skills|compliance|leadership|online|driver|job)"
    r" training(?: sessions?)?"
    r"|\b(?:training|therapy|coaching|tutoring|counselling|counseling|consulting) sessions?"
    r"|\b(?:logo|web|website|graphic|ui|ux|interior|app|landscape) design"
    r"|\b(?:software|app|web|website|game) development"
    r"|\b(?:tax|visa|patent|trademark) (?:filing|advice|application|registration|preparation)"
    r"|\b(?:car|bike|bicycle|vehicle|apartment|house|equipment|server|boat|villa|office|costume|scooter|tool)"
    r" (?:rentals?|hire|leasing)"
    r"|\b(?:piano|engine) tuning"
    r"|\b(?:house|home|office|carpet|window|dry) cleaning|\b(?:phone|laptop|car|computer|shoe|watch|screen) repairs?"
    r"|\b(?:cloud storage|data storage|hosting|insurance|membership|subscription|training|service) (?:plan|package)s?"
    r"|\b(?:psycho|physio|speech |art |music )therapy|\b(?:medical|dental|health) check-?ups?"
    r"|\b(?:doctor|medical|dentist|clinic|spa|salon) (?:appointment|visit)s?|\bguided tours?|\bcity tours?)$",
    re.IGNORECASE,
)
#: English: alone.
_ALONE = re.compile(
    r"(?:free |express |home |door to door )?(?:shipping|delivery|postage|repairs?|installation|assembly"
    r"|gift wrapping"
    r"|customs clearance|maintenance|cleaning)(?: (?:and|&) (?:handling|assembly|delivery))?"
    r"(?: (?:fees?|costs?|charges?|services?))?|(?:repair|cleaning|installation|maintenance|rental|hire) of .+",
    re.IGNORECASE,
)
#: Where an English phrase ends, and words that may follow the name of a service.
_END = re.compile(r"\s(?:for|with|in|from|to|by|via|at|on|of)\s|[,;:(|/–—]|\s-\s", re.IGNORECASE)
_AFTER = re.compile(
    r"(?:[\s\d.$€£]|\b(?:hours?|hrs?|min|mins|minutes?|months?|monthly|years?|yearly|annual|weekly|weeks?|per"
    r"|online|fees?"
    r"|a|the|price|usd|beginners?|available|pro|basic|premium|plus|access)\b)+$",
    re.IGNORECASE,
)
#: English goods of which such a word speaks: `subscription box`, and `dessert course plate`.
_GOODS = re.compile(r"\b(?:golf|race|obstacle|assault|main|damp[- ]proof) courses?$", re.IGNORECASE)
#: The other languages: words of services, and words of goods that have one of them inside.
_WORDS = {
    "zh": re.compile(
        r"服务|咨询|课程|网课|公开课|直播课|课$|课\s|培训|辅导班|补习|家教|会员|订阅|保险|维修$|翻译|酒店预订"
        r"|机票|问诊|诊疗|会诊|远程医疗|租赁|租车"
        r"|出租|托管|货代|货运代理|报税|代理记账|签证|旅游团|家政|保洁|云主机|云存储|网站建设|网站设计|网页设计|平面设计$|室内设计$|软件开发|设计费"
        r"|电子书$|電子書籍?$|理发$|摄影$|服務|諮詢|課程|訂閱|保險|翻譯"
    ),
    "ja": re.compile(
        r"サービス|コンサル|講座|講習|レッスン|サブスク|保険|翻訳|修理|診療|診察|教室|研修|相談|家庭教師"
        r"|レンタル|予約$|代行|セミナー|ホスティング"
        r"|クラウドストレージ|クラウドサーバー|授業|オンラインコース|英会話|航空券|宿泊|クラス$|マッサージ$"
        r"|電子書籍$|ヘアカット$|写真撮影$"
    ),
    "vi": re.compile(
        r"(?<!\w)(?:dịch vụ|tư vấn|khóa học|khoá học|bảo hiểm|đặt phòng|vé máy bay|vé tàu|gia sư"
        r"|khám bệnh|chữa bệnh từ xa|khám từ xa|hội chẩn|đào tạo|học trực tuyến|học online|dạy học"
        r"|lưu trữ đám mây|thiết kế (?:web|logo|website)"
        r"|dịch thuật|khai thuế|bác sĩ trực tuyến|y tế từ xa|thuê bao|phần mềm theo tháng)(?!\w)"
        r"|^(?:cho thuê|thuê|lớp học|lớp dạy|lớp yoga|buổi tập|gói cước|gói hội viên|đăng ký"
        r"|sửa chữa|vận chuyển|dọn nhà|học(?! (?:cụ|liệu))|dạy|cắt tóc|sửa điện thoại|chụp ảnh"
        r"|sách điện tử|e-?book)(?!\w)"
    ),
    "th": re.compile(
        r"บริการ|ปรึกษา|คอร์ส|คลาส|เรียนออนไลน์|สอนพิเศษ|อบรม(?!ร)|ประกันภัย|ประกันชีวิต|ประกันสุขภาพ|เช่ารถ|^เช่า|ให้เช่า"
        r"|จองโรงแรม|ตั๋วเครื่องบิน"
        r"|พบแพทย์|แพทย์ทางไกล|หมอออนไลน์|นวดแผนไทย|คลาวด์|โฮสติ้ง|สมัครสมาชิก|แปลภาษา|แปลเอกสาร|ออกแบบเว็บ|ออกแบบโลโก้"
        r"|^เรียน|^สอน|รับจ้าง|^ตัดผม|^ซ่อม|^ถ่ายรูป|^ทัวร์(?!มาลีน)"
        r"|^(?:หนังสืออิเล็กทรอนิกส์|หนังสือเสียง|อีบุ๊[กค])$"
    ),
    "km": re.compile(
        r"សេវា|ប្រឹក្សា|វគ្គ|បណ្តុះបណ្តាល|បណ្ដុះបណ្ដាល|ពិគ្រោះ|បង្រៀន|ធានារ៉ាប់រង|^ជួល|សំបុត្រយន្តហោះ|កក់សណ្ឋាគារ|រៀនអនឡាញ|រៀនតាមអនឡាញ"
        r"|^បកប្រែ|^ជាវ|^ថ្នាក់|^រៀន|^កាត់សក់|^ជួសជុល|^ថតរូប|សៀវភៅអេឡិចត្រូនិច$|សៀវភៅអេឡិចត្រូនិក$"
    ),
}
_GOODS_INSIDE = {
    "zh": re.compile(
        r"服务器|服务员|服务台|服务铃|保险箱|保险柜|保险丝|保险杠|保险套|保险带|保险卡|保险盒|翻译机|翻译笔"
        r"|翻译器|翻译耳机|课本|教材|教具|课桌|课程表|课外书"
        r"|会员卡套|会员价|会员专享|售后服务|优质服务|客服|咨询台|培训桌|培训椅|服務器|保險箱"
    ),
    "ja": re.compile(
        r"翻訳機|修理キット|修理工具|修理用|保険証|サービスワゴン|レンタル落ち|教室用|修理パーツ|アフターサービス"
        r"|サービス品|サービス価格"
    ),
    "vi": re.compile(r"(?:mũ|nón) bảo hiểm|bộ (?:dụng cụ )?sửa chữa|két bảo hiểm|thẻ bảo hiểm|dụng cụ sửa chữa"),
    "th": re.compile(
        r"คลาสสิ|เครื่องแปลภาษา|บัตรประกัน|เสื้ออบรม|กระดิ่งบริการ|โต๊ะบริการ|พร้อมบริการ"
        r"|บริการหลังการขาย|บริการเก็บเงินปลายทาง|ปรึกษาฟรี"
    ),
    "km": re.compile(r"ថ្នាក់ទី"),
}
#: English words of goods that stand after a word of a service anywhere: `consultation chair`.
_OF_GOODS = re.compile(
    r"\b(?:box|(?<!e-)(?<!audio-)book|card|chair|table|desk|holder|kit|bag|case|machine|device|headset|uniform"
    r"|shirt|cart|trolley|bell"
    r"|software cd|dvd|mat|bed|couch|form|pad|sign|shoes?|gloves?)s?$",
    re.IGNORECASE,
)


def is_service(text: str, language: str) -> bool:
    """Whether a text of a language names a service.

    >>> is_service("yoga class for beginners", "en"), is_service("yoga mat", "en")
    (True, False)
    >>> is_service("dịch vụ tư vấn", "vi"), is_service("nón bảo hiểm", "vi"), is_service("瑜伽课", "zh")
    (True, False, True)
    """
    said = " ".join(text.casefold().split())
    if language != "en":
        left = _GOODS_INSIDE[language].sub(" ", said) if language in _GOODS_INSIDE else said
        if language in _WORDS and _WORDS[language].search(left):
            return True
    if _ALONE.fullmatch(said):
        return True
    phrase = _AFTER.sub("", _END.split(said, maxsplit=1)[0])
    if _OF_GOODS.search(phrase):
        return False
    # After a preposition is what goods are for: `headset for online classes`.
    if _ANYWHERE.search(phrase or said):
        return True
    return language == "en" and bool(_AT_THE_END.search(phrase)) and not _GOODS.search(phrase)
