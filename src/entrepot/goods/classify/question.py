"""The question that distinguishes the candidates, from the structure and the names of the nomenclature."""

from __future__ import annotations

import re
from collections.abc import Sequence

from entrepot.goods import normalize
from entrepot.goods.classify.answer import Choice, Question
from entrepot.goods.classify.nomenclature import Nomenclature
from entrepot.goods.differences import differing_clauses

#: The questions by what the names of the choices speak of: id, the sentence, and the English words in the singular.
_MATERIALS = (
    "cotton wool silk man-made synthetic artificial leather plastic plastics rubber wood bamboo glass ceramic "
    "porcelain china iron steel aluminium copper gold silver paper textile paperboard fibres"
)
_STATES = "fresh chilled frozen dried live smoked salted cooked roasted raw shell shelled decaffeinated"
_SIZES = "exceeding less more weighing capacity diameter kg"
_ABOUT: tuple[tuple[str, str, frozenset[str]], ...] = tuple(
    (name, text, frozenset(map(normalize.singular, words.split())))
    for name, text, words in (
        ("knitted", "Is it knitted or crocheted?", "knitted crocheted"),
        ("who", "Who is it for?", "men women boy girl babies"),
        ("state", "In what state is it?", _STATES),
        ("material", "What is it mainly made of?", _MATERIALS),
        ("size", "Which size, weight or content does it have?", _SIZES),
    )
)
_HEADING = ("kind", "Which of these describes it best?")
#: An abbreviation of English names: not elsewhere classified.
_ELSEWHERE = re.compile(r"\bn\.e\.c\.(?: (?:in|of) (?:heading|item) (?:no\. )?([\d.]+))?")
#: The maximum number of choices.
MAX_CHOICES = 6


def question_between(codes: Sequence[str], tree: Nomenclature, language: str, goods: str) -> Question | None:
    """The question that distinguishes some six-digit codes, the likeliest first; None for a single code.

    Codes of several headings are distinguished by their headings, or by their chapters if there are too many.
    """
    if len(codes) < 2:
        return None
    groups: dict[str, list[str]] = {}
    size = 6
    for size in (2, 4, 6):
        groups = {}
        for code in codes:
            groups.setdefault(code[:size], []).append(code)
        # Chapters are too coarse to be understood where the headings are few.
        if size == 2 and len({code[:4] for code in codes}) <= MAX_CHOICES:
            continue
        if len(groups) > 1:
            break
    shown = list(groups)[:MAX_CHOICES]
    names = [tree.choice(code, language) for code in shown]
    labels = [plain_label(each) for each in differing_clauses(names)] if size == 6 else names
    english = differing_clauses([tree.headings.get(code, "") for code in shown]) if size == 6 else []
    name, text = _about(english)
    choices = tuple(Choice(label=label, codes=tuple(groups[code])) for code, label in zip(shown, labels, strict=True))
    return Question(id=name, text=text, values={"goods": goods}, choices=choices)


def plain_label(text: str) -> str:
    """What a name says of one kind of goods: without brackets around all of it, and without an abbreviation.

    >>> plain_label("(not covering the ankle)"), plain_label("n.e.c. in heading no. 6403, (not of leather)")
    ('not covering the ankle', 'others of heading 6403, (not of leather)')
    """
    said = _ELSEWHERE.sub(lambda found: f"others of heading {found[1]}" if found[1] else "others", text)
    inside = said[1:-1]
    return inside if said[:1] + said[-1:] == "()" and "(" not in inside else said


def _about(labels: Sequence[str]) -> tuple[str, str]:
    """What most of the labels speak of."""
    if not labels:
        return _HEADING
    said = [{normalize.singular(word) for word in normalize.split_words(label)} for label in labels]
    for name, text, words in _ABOUT:
        if 2 * sum(bool(each & words) for each in said) > len(said):
            return name, text
    return _HEADING
