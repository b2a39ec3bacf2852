"""The codes that a description may mean, to choose from on the page of a quote: probability, path and cost of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from entrepot import app
from entrepot.goods.described import goods_hint
from entrepot.goods.everyday_names import local_name_before
from entrepot.goods.shown import ClassifiedGoods, CodeCandidate, shown
from entrepot.language import translate
from entrepot.language.translate import _, pack_text
from entrepot.model.codes import dotted

#: Candidates that are shown at most, and the probability below which one is not shown.
MOST, LEAST = 5, 0.01
#: The address that chooses a code; and the cost of the sale with a code, and whether it is conditional.
ChooseCode = Callable[[str], str]
CostOf = Callable[[str], tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class CodeChoice:
    """A code to choose: `path` are the headings above it, `because` the words that decided. `url` chooses it.

    `local`: what people call such goods in the language of the page, empty in English.
    """

    code: str
    name: str
    local: str
    share: str
    path: tuple[tuple[str, str], ...]
    because: str
    url: str
    cost: str
    conditional: bool
    corrected: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to the question, and the address that gives it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Classified:
    """A description with the codes that it may mean; `says` is how sure that is, or what to write instead.

    `used`: that the first code is the one of the quote, where the description is sure. `services`: the categories to
    choose from where the description is of a service.
    """

    says: str
    used: str
    status: str
    codes: tuple[CodeChoice, ...]
    question: str
    answers: tuple[Answer, ...]
    services: tuple[Answer, ...]


def classified(
    text: str,
    choose: ChooseCode,
    choose_service: ChooseCode,
    corrections: Mapping[str, str] | None = None,
    cost: CostOf | None = None,
) -> Classified:
    """The codes that a description may mean. `choose`: the address that chooses a code; `cost`: of the sale with it.

    `choose_service`: the address that chooses a category of services.
    """
    found = shown(app.classify(text, language=translate.current_language(), limit=MOST, corrections=corrections or {}))
    likely = [each for each in found.candidates if each.probability >= LEAST] or found.candidates[:1]
    return Classified(
        says=_says(found, len(likely)),
        used=_("Calculated with {code} ({share})").format(code=dotted(found.hs6), share=_likely(likely[0].probability))
        if found.hs6
        else "",
        status=found.status,
        codes=tuple(_choice(each, choose, cost) for each in likely),
        question=found.question.text if found.question is not None else "",
        answers=tuple(
            Answer(each.label, choose(_common(each.codes)))
            for each in (found.question.choices if found.question is not None else ())
        ),
        services=_services(choose_service) if found.reason == "service" else (),
    )


def _services(choose: ChooseCode) -> tuple[Answer, ...]:
    """All categories of services, by their names."""
    named = [Answer(pack_text(name), choose(code)) for code, name in app.library().world.services.items()]
    return tuple(sorted(named, key=lambda each: each.label.casefold()))


def _says(found: ClassifiedGoods, codes: int) -> str:
    """A sentence about the codes. `codes`: how many are shown."""
    if found.reason == "service":
        says = _("These words name a service, not goods. Choose what kind of service it is.")
        hint = goods_hint(found.query)
        return says if hint is None else f"{says} {translate.error_text(hint)}"
    if found.status == "unusable":
        return found.message or ""
    if found.corrected:
        return _("Your organization chose this code for this description before.")
    if found.status == "sure":
        return _("Very probably the first of these codes.") if codes > 1 else _("Very probably this code.")
    return _("Not sure: the goods may have any of these codes.")


def _choice(each: CodeCandidate, choose: ChooseCode, cost: CostOf | None) -> CodeChoice:
    says, conditional = cost(each.hs6) if cost is not None else ("", False)
    language, name = translate.current_language(), each.path[-1].name if each.path else ""
    return CodeChoice(
        code=dotted(each.hs6),
        name=name,
        local=local_name_before(each.hs6, name, language),
        share=_likely(each.probability),
        path=tuple((dotted(step.code), pack_text(step.name)) for step in each.path[:-1]),
        because=", ".join(each.because),
        url=choose(each.hs6),
        cost=says,
        conditional=conditional,
        corrected=each.corrected,
    )


def _likely(probability: float) -> str:
    """A probability, named as one: beside amounts a bare percentage reads as a rate of duty."""
    return _("{percent} probable").format(percent=share(probability))


def share(probability: float) -> str:
    """A probability in per cent, with a space that does not break.

    >>> share(0.694).split(), share(0.002).split()
    (['69', '%'], ['<1', '%'])
    """
    percent = f"{probability * 100:.0f}"
    return ("<1" if percent == "0" else translate.number(percent)) + "\N{NO-BREAK SPACE}%"


def _common(codes: tuple[str, ...]) -> str:
    """The code that several have in common: their six digits, or their heading; else the first of them.

    >>> _common(("090121",)), _common(("090121", "090122")), _common(("090121", "210111"))
    ('090121', '0901', '090121')
    """
    if len(codes) == 1:
        return codes[0]
    headings = {code[:4] for code in codes}
    return headings.pop() if len(headings) == 1 else codes[0]
