"""From a description of goods to codes of the Harmonized System, each with a probability."""

from entrepot.goods.classify.answer import Candidate, Choice, Classification, LineCandidate, Question, Step
from entrepot.goods.classify.classifier import classify, correction_key
from entrepot.goods.classify.nomenclature import Nomenclature

__all__ = [
    "Candidate",
    "Choice",
    "Classification",
    "LineCandidate",
    "Nomenclature",
    "Question",
    "Step",
    "classify",
    "correction_key",
]
