"""Pipelines of order and line statuses that have the states of the node, and how a status is reached in a pipeline."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

_ON_THE_WAY = (
    "Handed over",
    "Paid",
    "Customs",
    "Held by customs",
    "Released",
    "Partially shipped",
    "Shipped",
    "Partially delivered",
    "Delivered",
)
_ENDS = ("Cancelled", "Returned", "Needs attention")


def _pipeline() -> dict[str, tuple[str, ...]]:
    # The node may tell only the last of several states, and customs may hold after it assessed: every move that can be
    # told is allowed. What is delivered only comes back.
    found: dict[str, tuple[str, ...]] = {"Pending": (*_ON_THE_WAY, *_ENDS)}
    for each in (*_ON_THE_WAY, "Needs attention"):
        found[each] = tuple(other for other in (*_ON_THE_WAY, *_ENDS) if other != each)
    found["Delivered"] = ("Returned", "Needs attention", "Partially delivered")
    found["Returned"] = ("Needs attention",)
    found["Cancelled"] = ()
    return found


#: For OSCAR_ORDER_STATUS_PIPELINE.
ORDER_PIPELINE: Mapping[str, Sequence[str]] = _pipeline()
#: For OSCAR_LINE_STATUS_PIPELINE.
LINE_PIPELINE: Mapping[str, Sequence[str]] = _pipeline()
#: For OSCAR_INITIAL_ORDER_STATUS and OSCAR_INITIAL_LINE_STATUS.
INITIAL = "Pending"


def path_to(pipeline: Mapping[str, Sequence[str]], current: str, target: str) -> list[str] | None:
    """The statuses from the current one to the target, without the current one; None if it cannot be reached.

    >>> path_to({"a": ("b",), "b": ("c",), "c": ()}, "a", "c")
    ['b', 'c']
    >>> path_to({"a": ("b",), "b": ("c",), "c": ()}, "c", "a") is None
    True
    """
    waiting, seen = deque([(current, [])]), {current}
    while waiting:
        at, steps = waiting.popleft()
        if at == target:
            return steps
        for each in pipeline.get(at, ()):
            if each not in seen:
                seen.add(each)
                waiting.append((each, [*steps, each]))
    return None
