"""The page with every element of China's customs messages, made from their definition.

python tests/connect/element_tables.py     writes the page again
"""

from __future__ import annotations

from pathlib import Path

from entrepot.connect.customs.cn.codes import elements
from entrepot.connect.customs.cn.documents import BaseSubscribe, BaseTransfer, ExtendMessage
from entrepot.connect.customs.cn.fields import Number, Record, Text, Whole
from entrepot.connect.customs.cn.messages import FIELDS, LAYOUTS, Field, Layout
from entrepot.connect.customs.cn.values import least_of

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "china-customs-elements.md"
HEAD = """# Elements of China's customs messages

Every element of the messages of edition 202205, in the order and with the spelling of the schema. This page is made
from the definition in `entrepot.connect.customs.cn` by `python tests/connect/element_tables.py`; what the messages are
for is in [China's customs messages](china-customs-messages.md).

`C14` is a text of exactly 14 characters, `C..60` one of at most 60, `N19,5` a decimal number of at most 19 digits with
five after the point. `M` is mandatory, `O` optional. An optional text may be present and empty unless its type says
`not empty`. Personal values never appear in an error.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for layout in LAYOUTS.values():
        parts.append(f"## {layout.root}: {layout.title}\n\n{_structure(layout)}\n")
        parts += [_table(record) for record in (layout.record, layout.line) if record is not None]
    parts.append("## What follows the documents of a message to customs\n")
    parts += [_table(record) for record in (BaseTransfer, BaseSubscribe, ExtendMessage)]
    return "\n".join(parts)


def _structure(layout: Layout) -> str:
    count = "any number of" if layout.most is None else "one" if layout.most == 1 else f"1 to {layout.most}"
    inside = ""
    if layout.nested:
        lines = "any number" if layout.most_lines is None else f"1 to {layout.most_lines}"
        inside = f" with one `{layout.record.__name__}`"
        inside += f" and {lines} of `{layout.line.__name__}`" if layout.line else ""
    signature = f" A signature is {layout.signature}." if layout.signature else ""
    return f"{count[0].upper()}{count[1:]} `{layout.element}`{inside}.{signature}"


def _table(record: type[Record]) -> str:
    rows = "\n".join(_row(field) for field in FIELDS[record])
    return f"### {record.__name__}\n\n| element | type | | 中文 | meaning |\n|---|---|---|---|---|\n{rows}\n"


def _row(field: Field) -> str:
    meaning = elements()[field.name]
    mandatory = "M" if field.mandatory else "O"
    return f"| `{field.name}` | {_type(field)} | {mandatory} | {meaning.zh} | {meaning.en} |"


def _type(field: Field) -> str:
    kind = field.kind
    if isinstance(kind, Number):
        return f"N{kind.digits},{kind.places}"
    if isinstance(kind, Whole):
        return "int"
    if not isinstance(kind, Text):
        return "XML"
    least = least_of(kind, mandatory=field.mandatory)
    length = "C" if kind.most is None else f"C{kind.most}" if least == kind.most else f"C..{kind.most}"
    notes = [
        "not empty" if least and not field.mandatory and least != kind.most else "",
        f"only `{kind.fixed}`" if kind.fixed else "",
        f"list `{kind.codes}`" if kind.codes else "",
        "personal" if kind.personal else "",
        "may be absent when read" if kind.tolerated else "",
        "read only" if kind.read_only else "",
    ]
    return ", ".join([length, *filter(None, notes)])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
