"""A document as HTML: the same for the page and for the PDF. Every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from entrepot.trade.papers.sheet import Box, Column, Sheet

#: Every script of the economies has its font: a renderer that falls back by itself takes one without the letters.
FONTS = (
    "Noto Sans", "Noto Sans CJK SC", "Noto Sans Thai", "Noto Sans Khmer", "Noto Sans Lao", "Noto Sans Myanmar",
)  # fmt: skip


def article(sheet: Sheet, *, notes: Iterable[str] = ()) -> str:
    """A document as an element. `notes`: sentences at its end, such as how to verify it."""
    parts = [f'<article class="document" lang="{escape(sheet.language)}">']
    # Empty for what is no draft: in a file of several documents it ends the mark of the one before.
    parts.append(f'<p class="mark">{escape(sheet.mark)}</p>')
    number = f"{escape(sheet.number)} · {escape(sheet.date)}"
    parts.append(f'<header><h2>{escape(sheet.title)}</h2><p class="number">{number}</p></header>')
    parts.append(_boxes(sheet.boxes, "boxes"))
    if sheet.rows:
        parts.append(_table(sheet))
    if sheet.totals:
        parts.append(_boxes(sheet.totals, "totals"))
    parts += [f"<p>{escape(each)}</p>" for each in sheet.statements]
    if sheet.signatures:
        parts.append(_boxes(sheet.signatures, "boxes"))
    if sheet.gaps:
        parts.append(_gaps(sheet))
    parts += [f'<p class="fine">{escape(each)}</p>' for each in notes]
    parts.append("</article>")
    return "\n".join(parts)


def page(articles: Iterable[str], *, title: str, language: str = "en") -> str:
    """Documents as a whole page, for the PDF."""
    body = "\n".join(articles)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title>'
    return f'<!DOCTYPE html><html lang="{escape(language)}"><head>{head}</head><body><main>{body}</main></body></html>'


def _boxes(boxes: Iterable[Box], name: str) -> str:
    parts = [f'<dl class="{name}">']
    for each in boxes:
        wide = ' class="wide"' if each.wide else ""
        language = f' lang="{escape(each.language)}"' if each.language else ""
        parts.append(f"<div{wide}><dt>{escape(each.label)}</dt><dd{language}>{_value(each.value)}</dd></div>")
    parts.append("</dl>")
    return "\n".join(parts)


def _table(sheet: Sheet) -> str:
    head = "".join(f'<th scope="col"{_number(column)}>{escape(column.label)}</th>' for column in sheet.columns)
    rows = [
        "<tr>"
        + "".join(
            f'<td data-label="{escape(column.label)}"{_number(column)}><span>{_value(value)}</span></td>'
            for column, value in zip(sheet.columns, row, strict=True)
        )
        + "</tr>"
        for row in sheet.rows
    ]
    return f'<table class="stack"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _number(column: Column) -> str:
    return ' class="num"' if column.number else ""


def _value(text: str) -> str:
    """A value; a blank where it is to be filled in."""
    return "<br>".join(escape(line) for line in text.split("\n")) if text else '<span class="blank"></span>'


def _gaps(sheet: Sheet) -> str:
    """What is to be filled in, by whom."""
    by: dict[str, list[str]] = {}
    for each in sheet.gaps:
        label = f"{each.label} (line {each.line})" if each.line else each.label
        by.setdefault(each.by, []).append(label)
    lines = "".join(f"<li>by {escape(who)}: {escape('; '.join(what))}</li>" for who, what in by.items())
    return f'<section class="gaps"><h3>To be filled in</h3><ul>{lines}</ul></section>'
