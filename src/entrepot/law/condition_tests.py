"""The test of a condition in `pack.toml`: one kind of `rule_kinds.CONDITION_TESTS` and its argument."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, get_args

from entrepot.law.cells import READERS, read_money
from entrepot.law.toml_schema import Name
from entrepot.model.errors import in_quotes, meant
from entrepot.model.rule_kinds import CONDITION_TESTS, unknown

#: The other keys of a test, and their allowed values.
OPTIONS: dict[str, tuple[str, ...]] = {"value": get_args(Name), "per": ("consignment", "line", "item")}

#: An example of each kind of argument, for messages.
EXAMPLES = {
    "money": '"5000 CNY"',
    "scheme": '"eu_ioss"',
    "list": '"cbec_positive"',
    "goods": '"4901"',
    "economies": '"VN"',
}


def kind_of(test: Mapping[str, Any]) -> str:
    """The kind of a checked test.

    >>> kind_of({"value": "cif", "at_most": "5000 CNY"})
    'at_most'
    """
    return next(name for name in test if name not in OPTIONS)


def faults_of_test(test: Mapping[str, Any], lists: Collection[str]) -> Iterator[tuple[str, str]]:
    """The faults of a test, each with its column and message. `lists`: the names of lists in lists.csv.

    >>> column, message = next(faults_of_test({"registred": "eu_ioss"}, ()))
    >>> column, message[:40], message[-26:]
    ('test', '"registred" is not a condition test. Kno', 'Did you mean "registered"?')
    """
    kinds = [name for name in test if name not in OPTIONS]
    for name, known in OPTIONS.items():
        if name in test and test[name] not in known:
            yield (
                f"test.{name}",
                f"{in_quotes(test[name])} is not one of {', '.join(known)}.{meant(str(test[name]), known)}",
            )
    for name in kinds:
        if name not in CONDITION_TESTS:
            yield "test", unknown(name, CONDITION_TESTS, "condition test")
        else:
            yield from _argument_faults(name, test[name], lists)
            if CONDITION_TESTS[name].argument == "money" and "value" not in test:
                yield "test.value", "Say which value is tested: goods, cif or customs_value."
    if len(kinds) != 1:
        yield "test", f"A condition has exactly one test; this one has {len(kinds)}: {', '.join(kinds) or 'none'}."


def _argument_faults(name: str, given: Any, lists: Collection[str]) -> Iterator[tuple[str, str]]:
    """The faults of the argument of a test."""
    argument = CONDITION_TESTS[name].argument
    if argument == "flag":
        if given is not True:
            yield f"test.{name}", f"{in_quotes(given)} is not allowed: write {name} = true, or leave the test out."
    elif argument in ("goods", "economies"):
        if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
            yield f"test.{name}", f"{in_quotes(given)} is not a list of texts, such as [{EXAMPLES[argument]}]."
            return
        words = " ".join(given).replace("!", "! ", 1).split() if argument == "economies" else given
        for word in words[1:] if words[:1] == ["!"] else words:
            yield from _unreadable(READERS[argument], word, f"test.{name}")
    elif not isinstance(given, str) or not given:
        yield f"test.{name}", f"{in_quotes(given)} is not a text, such as {EXAMPLES[argument]}."
    elif argument == "money":
        yield from _unreadable(read_money, given, f"test.{name}")
    elif argument == "list" and given not in lists:
        yield "test", f"{in_quotes(given)} is not a list of lists.csv.{meant(given, lists)}"


def _unreadable(read: Callable[[str], Any], text: str, column: str) -> Iterator[tuple[str, str]]:
    try:
        read(text)
    except ValueError as error:
        yield column, str(error)
