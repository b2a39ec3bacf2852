"""Lines of a sale that have a description and no code: they get the codes that the description may mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrepot.goods.content import measures_read
from entrepot.goods.service_words import goods_sent, services_meant
from entrepot.language.translate import N_
from entrepot.model.errors import SaleError, WordedError, in_quotes

if TYPE_CHECKING:
    from entrepot.goods.classify.answer import Candidate, Classification

#: A candidate that is less probable than one in twenty is in no range and no question. The probabilities are fitted on
#: measured answers, so that it would be the right one less often than that; `docs/reference/classification.md` has how
#: often the right code was left out.
LEAST = 0.05
#: A candidate that is left out is named from this probability.
NAMED = 0.01
#: One candidate that is left is used alone if it is more probable than all others together.
MORE_THAN_OTHERS = 0.5
#: The error code of a description that cannot be classified.
UNUSABLE = "unusable_description"
#: What to write in place of a description that cannot be classified, by the reason of the classification.
ADVICE = {
    "empty": N_("The description is empty. Write what the goods are, for example: roasted coffee beans."),
    "no_words": N_("The description has no words. Write what the goods are, for example: roasted coffee beans."),
    "too_short": N_("The description is too short. Write what the goods are, for example: roasted coffee beans."),
    "too_long": N_("The description is too long: at most 2,000 characters. Write only what the goods are."),
    "is_a_code": N_("This is a code, not a description. Give it as the code of the goods."),
    "service": N_(
        "This is a service, not goods. Give its category, for example telemedicine, live_teaching, recorded_courses, "
        "software or consulting."
    ),
    "goods_and_service": N_("These are goods and a service. Give each a line of its own."),
    "several_goods": N_("These are several goods. Give each a line of its own."),
    "is_a_link": N_(
        "This is an address of a page or of mail. Write what the goods are, for example: roasted coffee beans."
    ),
    "other_language": N_(
        "This is in a language that cannot be classified. Write what the goods are in English, Chinese, Japanese, "
        "Vietnamese, Thai or Khmer."
    ),
    "unknown_words": N_(
        "None of the goods fits these words. Write what the goods are, what they are made of, and their use."
    ),
}
OTHERWISE = N_("The description cannot be classified. Write what the goods are, what they are made of, and their use.")
#: The field to give in place of the description, by the reason.
FIELDS = {"is_a_code": "hs_code", "service": "service"}
#: The codes of a description; a SaleError, without the place of the line, for one that cannot be classified.
FindCodes = Callable[[str], Mapping[str, Any] | SaleError]


def codes_found(found: Classification) -> dict[str, Any] | SaleError:
    """The `classification` of a line, from that of its description; an error if it cannot be classified.

    >>> from entrepot.goods.classify.answer import Candidate, Classification
    >>> one = Candidate(hs6="090121", probability=0.97)
    >>> codes_found(Classification(query="coffee", language="en", status="sure", hs6="090121", candidates=(one,)))
    {'candidates': [{'hs_code': '090121', 'probability': '0.97'}]}
    """
    if found.status == "unusable":
        return unusable(found.reason or "", found.query)
    likely = [each for each in found.candidates if each.probability >= LEAST]
    if len(likely) < 2 and (not likely or likely[0].probability <= MORE_THAN_OTHERS):
        likely = list(found.candidates[:2])
    used = likely[:1] if found.status == "sure" else likely
    given: dict[str, Any] = {"candidates": [_possible(each) for each in used]}
    if found.status == "unsure" and (left_out := _left_out(found.candidates, used)):
        given["left_out"] = [_possible(each) for each in left_out]
    if found.status == "unsure" and found.question is not None:
        given["question"] = question_text(found)
    if any(each.corrected for each in used):
        given["corrected"] = True
    return given


def _left_out(candidates: Sequence[Candidate], used: Sequence[Candidate]) -> list[Candidate]:
    return [each for each in candidates if each not in used and each.probability >= NAMED]


def _possible(candidate: Candidate) -> dict[str, str]:
    return {"hs_code": candidate.hs6, "probability": f"{candidate.probability:.4g}"}


def question_text(found: Classification) -> str:
    """The question of a classification with its choices, in English.

    >>> from entrepot.goods.classify.answer import Classification
    >>> question_text(Classification(query="x", language="en", status="sure"))
    ''
    """
    if found.question is None:
        return ""
    asked = found.question.text.format(**found.question.values)
    return f"{asked} {' / '.join(each.label for each in found.question.choices)}"


def unusable(why: str, text: str = "") -> SaleError:
    """The error of a description that cannot be classified. `text`: the description.

    >>> unusable("empty").message
    'The description is empty. Write what the goods are, for example: roasted coffee beans.'
    >>> unusable("service", "coffee subscription").message[-67:]
    'If goods are sent to the buyer, write only what they are: "coffee".'
    >>> unusable("service", "coffee subscription").param, unusable("service", "online course").param
    ('description', 'service')
    """
    advice, field = WordedError(ADVICE.get(why, OTHERWISE)), FIELDS.get(why, "description")
    hint = None
    if why == "service" and (hint := goods_hint(text)) is not None:
        field = "description"  # goods in the words are a description to be changed
    elif why == "service" and (services := services_meant(text)):
        hint = WordedError(N_("It may be: {services}."), services=", ".join(services))
    said = advice if hint is None else WordedError("{why} {hint}", why=advice, hint=hint)
    return SaleError.of(said, UNUSABLE, field)


def goods_hint(text: str) -> WordedError | None:
    """That only the goods are to be written, where words name goods that are sold as a service; None for others.

    >>> str(goods_hint("coffee subscription")), goods_hint("online course"), goods_hint("haircut")
    ('If goods are sent to the buyer, write only what they are: "coffee".', None, None)
    """
    if services_meant(text) or not (goods := goods_sent(text)):
        return None
    said = N_("If goods are sent to the buyer, write only what they are: {goods}.")
    return WordedError(said, goods=in_quotes(goods))


def descriptions(sale: Mapping[str, Any]) -> Iterator[str]:
    """The descriptions of lines that have no code, no service and no classification.

    >>> list(descriptions({"lines": [{"description": "coffee"}, {"description": "tea", "hs_code": "0902.10"}]}))
    ['coffee']
    """
    lines = sale.get("lines")
    for line in lines if isinstance(lines, list | tuple) else ():
        if (text := _described(line)) is not None:
            yield text


def _described(line: Any) -> str | None:
    """The description of a line that is to be classified; None if the line is not."""
    if not (type(line) is dict or isinstance(line, Mapping)):
        return None
    if any(line.get(name) is not None for name in ("hs_code", "service", "classification")):
        return None
    text = line.get("description")
    return text if isinstance(text, str) else None


def with_codes(sale: Mapping[str, Any], find: FindCodes) -> Mapping[str, Any]:
    """The sale with the codes that its descriptions may mean, and the measures that these give. Raises SaleError.

    >>> sale = {"lines": [{"description": "coffee"}, {"description": "coffee 250 g"}]}
    >>> one, two = with_codes(sale, lambda text: {"candidates": [{"hs_code": "090121"}]})["lines"]
    >>> one
    {'description': 'coffee', 'classification': {'candidates': [{'hs_code': '090121'}]}}
    >>> two["net_mass_kg"], two["classification"]["measures_read"]
    (Decimal('0.25'), ['net_mass_kg'])
    """
    given = sale.get("lines")
    buyer = sale.get("buyer")
    kind = buyer.get("kind") if isinstance(buyer, Mapping) else None
    if not isinstance(given, list | tuple):
        return sale
    lines, changed = [], False
    for place, line in enumerate(given):
        text = _described(line)
        if text is None:
            lines.append(line)
            continue
        found = find(text)
        if isinstance(found, SaleError):
            raise SaleError.of(found, found.code, f"lines[{place}].{found.param}")
        codes = [each["hs_code"] for each in found["candidates"]]
        measures = measures_read(text, line, codes, kind if isinstance(kind, str) else "consumer")
        found = {**found, "measures_read": list(measures)} if measures else found
        lines.append({**line, **measures, "classification": found})
        changed = True
    return {**sale, "lines": lines} if changed else sale
