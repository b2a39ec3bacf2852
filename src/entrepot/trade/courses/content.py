"""What a built-in course teaches: pages of plain text, and a quiz with one right answer or several for a question."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from entrepot.model.errors import TradeError

MAX_PAGES, MAX_QUESTIONS, MAX_OPTIONS = 50, 50, 10
MAX_TITLE, MAX_TEXT, MAX_LINE = 120, 20_000, 500
#: By which an option is marked as right in the editor.
RIGHT = "*"
_ENCODER = msgspec.json.Encoder(order="sorted")


class Page(msgspec.Struct, frozen=True):
    """A page: paragraphs are separated by blank lines."""

    title: str
    text: str


class Question(msgspec.Struct, frozen=True):
    """A question. `right`: the numbers of the right options, from 0."""

    text: str
    options: tuple[str, ...]
    right: tuple[int, ...]


class Content(msgspec.Struct, frozen=True):
    """The pages and the quiz."""

    pages: tuple[Page, ...] = ()
    questions: tuple[Question, ...] = ()


_DECODER = msgspec.json.Decoder(Content)


def encode(content: Content) -> str:
    """Its canonical text."""
    return _ENCODER.encode(content).decode()


def decode(text: str) -> Content:
    """The content of a stored text. Raises msgspec.DecodeError."""
    return _DECODER.decode(text)


def hash_of(text: str) -> str:
    """The SHA-256 of a stored text, which the ledger has."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(pages: Sequence[tuple[str, str]], questions: Sequence[tuple[str, str]]) -> Content:
    """The content of the editor: titles and texts of pages; questions with options, one a line, right ones with a star.

    Empty ones are left out. Raises TradeError.

    >>> read([("A", "b")], [("1 + 1?", "* 2")]).questions[0]
    Question(text='1 + 1?', options=('2',), right=(0,))
    """
    kept = [Page(title.strip(), _plain(text)) for title, text in pages if title.strip() or text.strip()]
    asked = [_question(text, options) for text, options in questions if text.strip() or options.strip()]
    for name, found, most in (("pages", kept, MAX_PAGES), ("questions", asked, MAX_QUESTIONS)):
        if len(found) > most:
            raise _too_much(name, most)
    for page in kept:
        if len(page.title) > MAX_TITLE:
            raise _too_much("title", MAX_TITLE)
        if len(page.text) > MAX_TEXT:
            raise _too_much("text", MAX_TEXT)
    return Content(tuple(kept), tuple(asked))


def check_complete(content: Content) -> None:
    """Raises TradeError for a course that cannot be published: it needs a page, and a question that gives a score."""
    if not content.pages or not content.questions:
        raise TradeError("course_empty", "A course needs a page and a question before it is published.", "content")
    for number, each in enumerate(content.questions, 1):
        if not each.text or len(each.options) < 2 or not each.right or len(each.right) == len(each.options):
            raise TradeError(
                "question_incomplete",
                "Question {number} needs a text and two options or more, of which some are right (begin with *) and "
                "some are not.",
                "content",
                number=number,
            )


def grade(content: Content, answers: Mapping[int, Sequence[int]]) -> tuple[int, int]:
    """The score and the maximum: a question counts one, if exactly the right options are chosen.

    >>> grade(Content((), (Question("?", ("a", "b", "c"), (0, 2)),)), {0: [2, 0]})
    (1, 1)
    """
    right = sum(set(answers.get(number, ())) == set(each.right) for number, each in enumerate(content.questions))
    return right, len(content.questions)


def option_lines(question: Question) -> str:
    """The options as the editor has them."""
    return "\n".join(
        f"{RIGHT} {text}" if number in question.right else text for number, text in enumerate(question.options)
    )


def _question(text: str, options: str) -> Question:
    lines = [line.strip() for line in _plain(options).split("\n") if line.strip()]
    if len(lines) > MAX_OPTIONS:
        raise _too_much("options", MAX_OPTIONS)
    if max((len(each) for each in (text.strip(), *lines)), default=0) > MAX_LINE:
        raise _too_much("question", MAX_LINE)
    right = tuple(number for number, line in enumerate(lines) if line.startswith(RIGHT))
    return Question(text.strip(), tuple(line.removeprefix(RIGHT).strip() for line in lines), right)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def _too_much(field: str, most: int) -> TradeError:
    return TradeError(
        "content_too_large", "{field} may have {most} at most. Shorten it.", "content", field=field, most=most
    )
