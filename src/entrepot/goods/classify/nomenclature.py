"""The codes of the Harmonized System with their names, as the classifier shows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

from entrepot.goods.classify.names import lexicon_rows
from entrepot.goods.classify.notes import is_parts
from entrepot.goods.everyday_names import english_words as everyday_words
from entrepot.goods.names import SharedNames
from entrepot.goods.spelling import Vocabulary, words_of
from entrepot.language.heading_names import heading_name, heading_names
from entrepot.law.compiled import World


@dataclass(slots=True)
class Nomenclature:
    """The chapters, headings and subheadings of the world pack.

    `headings`: code -> English name; `shared`: the names that schedules have for six-digit codes in other languages.
    """

    headings: Mapping[str, str]
    shared: SharedNames = field(default_factory=SharedNames)
    _english: Vocabulary | None = field(default=None, repr=False, compare=False)
    _parts: frozenset[str] | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, world: World, shared: SharedNames | None = None) -> Nomenclature:
        """The nomenclature of a world pack."""
        return cls(world.headings, shared or SharedNames())

    def name(self, code: str, language: str) -> str:
        """The name of a code in a language: that of a schedule, or a short name of a heading; otherwise in English."""
        said = self.shared.names.get(code, {}).get(language)
        return said[0] if said else heading_name(code, self.headings.get(code, ""), language)

    def choice(self, code: str, language: str) -> str:
        """The name of a code as the choice of a question: short in English too, where there is a short name."""
        short = heading_names(language).get(code) if language == "en" else ""
        return short or self.name(code, language)

    def parts(self) -> frozenset[str]:
        """The codes whose English name is that of parts."""
        if self._parts is None:
            self._parts = frozenset(code for code, name in self.headings.items() if is_parts(name))
        return self._parts

    def english_words(self) -> Vocabulary:
        """The English words of the names and of everyday names, by which misspelt ones are corrected."""
        if self._english is None:  # built when a description has an unknown word; two threads may both build it
            said = (name for _codes, language, name in lexicon_rows() if language == "en")
            self._english = words_of(chain(self.headings.values(), everyday_words(), said))
        return self._english
