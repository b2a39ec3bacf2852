"""The parts of a quote that is a document: read from its JSON, or changed; and what its JSON has by default."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from entrepot.model.quote import Assessment, Option, QuoteDocument


class DocumentParts:
    """The parts of a quote that was read from its JSON, or changed."""

    __slots__ = ("_brief", "_document", "best", "best_conditional", "currency", "exchange", "law_date", "law_hash")

    def __init__(self, document: QuoteDocument) -> None:
        self._document = document
        self._brief: QuoteDocument | None = None
        self.currency, self.exchange = document.currency, document.exchange
        self.law_date, self.law_hash = document.law.date, document.law.hash
        places = {option.id: index for index, option in enumerate(document.options)}
        self.best = -1 if document.best is None else places[document.best]
        self.best_conditional = -1 if document.best_conditional is None else places[document.best_conditional]

    def assessment(self) -> Assessment:
        """The confidence of the best answer."""
        return self._document.assessment

    def option(self, index: int) -> Option:
        """One option."""
        return self._document.options[index]

    def options(self) -> tuple[Option, ...]:
        """All options."""
        return self._document.options

    def document(self, *, complete: bool) -> QuoteDocument:
        """The document itself; without `complete` with brief closed options."""
        if complete:
            return self._document
        if self._brief is None:
            self._brief = _brief_document(self._document)
        return self._brief

    def json(self, *, complete: bool) -> bytes:
        """The JSON of `document`."""
        return msgspec.json.encode(self.document(complete=complete))


def are_brief(statuses: Iterable[str]) -> bool:
    """Whether closed options are brief by default: where another procedure is open or conditional."""
    return any(status != "closed" for status in statuses)


def brief(option: Option) -> Option:
    """A closed option by default: what it would cost and why it is closed, without the details."""
    return msgspec.structs.replace(
        option,
        conditions=tuple([each for each in option.conditions if each.state == "failed"]),
        charges=(),
        lines=(),
        requirements=tuple([each for each in option.requirements if each.kind == "prohibition"]),
    )


def cited_by(options: Sequence[Option]) -> dict[str, None]:
    """The rows of law that options cite, each once."""
    found: list[str] = []
    for option in options:
        found += option.citations
        for part in (option.conditions, option.charges, option.requirements):
            for each in part:
                found += each.citations
        for line in option.lines:
            for treatment in (line.treatment, *line.treatments):
                if treatment is not None:
                    found += treatment.citations
                    for condition in treatment.conditions:
                        found += condition.citations
            for charge in line.charges:
                found += charge.citations or ()
    return dict.fromkeys(found)


def _brief_document(document: QuoteDocument) -> QuoteDocument:
    if not are_brief(option.status for option in document.options):
        return document
    options = tuple([brief(option) if option.status == "closed" else option for option in document.options])
    law = document.law
    rows = {name: law.rows[name] for name in cited_by(options)}
    sources = {name: law.sources[name] for row in rows.values() for name in row.sources}
    return msgspec.structs.replace(
        document, options=options, law=msgspec.structs.replace(law, rows=rows, sources=sources)
    )
