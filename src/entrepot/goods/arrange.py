"""The order of the goods that a search finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

#: A heading that has the words itself ranks above a heading with a line that has them.
HEADING_WEIGHT = 1.5
#: Goods of one heading that are shown before the goods of other headings.
FIRST_OF_HEADING = 5


def rank(found: Iterable[tuple[int, str, float]], limit: int) -> list[tuple[int, str]]:
    """Rows with their codes, grouped by heading, the heading with the best match first; chapters last.

    `found`: row, code and score, the lowest score first, which is the best; `limit`: the maximum number of headings.

    >>> rank([(1, "0901", -9.0), (2, "210111", -8.0), (3, "090121", -7.0)], 9)
    [(1, '0901'), (3, '090121'), (2, '210111')]
    """
    best: dict[str, float] = {}
    groups: dict[str, list[tuple[str, int]]] = {}
    for at, code, score in found:
        heading = code[:4]
        if heading in groups:
            groups[heading].append((code, at))
            if len(code) == 4:
                best[heading] = min(best[heading], score * HEADING_WEIGHT)
        else:  # the best of its heading
            groups[heading] = [(code, at)]
            best[heading] = score * HEADING_WEIGHT if len(code) == 4 else score
    order = sorted(groups, key=lambda heading: (len(heading) < 4, best[heading], heading))
    return [(at, code) for heading in order[:limit] for code, at in sorted(groups[heading])]


def arrange(found: Mapping[int, str], limit: int, under: Callable[[str, int], list[tuple[int, str]]]) -> list[int]:
    """The rows of a result: of each heading first some goods that can be quoted, then the heading itself.

    `found`: row -> code, the best first; `under`: the first rows of a heading that can be quoted. A heading that was
    found without any of its goods is preceded by them.

    >>> arrange({1: "0901", 2: "1006", 3: "100630"}, 9, lambda heading, most: [(9, heading + "21")])
    [9, 1, 3, 2]
    """
    headings: dict[str, int] = {}
    goods: dict[str, list[int]] = {}
    chapters = [at for at, code in found.items() if len(code) < 4]
    for at, code in found.items():
        if len(code) == 4:
            headings[code] = at
        if len(code) >= 4:
            goods.setdefault(code[:4], []).extend([at] if len(code) > 4 else [])
    first: list[int] = []
    later: list[int] = []
    for heading, rows in goods.items():
        if len(first) >= limit:
            break
        shown = rows or [at for at, _code in under(heading, FIRST_OF_HEADING)]
        first += shown[:FIRST_OF_HEADING]
        first += [headings[heading]] if heading in headings else []
        later += shown[FIRST_OF_HEADING:]
    return [*first, *later, *chapters][:limit]
