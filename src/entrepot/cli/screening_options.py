"""The options of the commands `screening`."""

from __future__ import annotations

from entrepot.cli.options import CONTEXT, WITHOUT_PACKS
from entrepot.cli.parameters import Option
from entrepot.language.translate import N_

SCREENING = N_("Screening")
_BY = Option("by", ("--by",), N_("Who you are."), SCREENING, "NAME")
_NAME = Option("name", (), N_("The name of the list, such as un."), metavar="LIST", kind="required")

ADD = (
    _NAME,
    Option("file", (), N_("The file of the list: XML of the UN or of OFAC, CSV of OFAC, or your own CSV."),
           metavar="FILE", kind="required"),
    Option("licence", ("--licence",), N_("Under which terms you may use it."), SCREENING, "TEXT"),
    _BY,
    *WITHOUT_PACKS,
)  # fmt: skip
REMOVE = (_NAME, _BY, *WITHOUT_PACKS)
LISTS = WITHOUT_PACKS
CHECK = (
    Option("names", (), N_("The name, and further names of the same party in other scripts."),
           metavar="NAME...", kind="arguments"),
    Option("birth", ("--birth",), N_("The year or the day of birth."), SCREENING, "YYYY-MM-DD"),
    Option("country", ("--country",), N_("The country, as alpha-2."), SCREENING, "COUNTRY"),
    Option("party_kind", ("--kind",), N_("person or organization."), SCREENING, "WORD"),
    Option("identifier", ("--identifier",), N_("The number of a passport or register."), SCREENING, "TEXT"),
    *WITHOUT_PACKS,
)  # fmt: skip
DEFAULT = (CONTEXT, *WITHOUT_PACKS)
LIST = WITHOUT_PACKS
_NUMBER = Option("number", (), N_("The number of a screening, sc_…."), metavar="NUMBER", kind="required")
_NOTE = Option("note", ("--note",), N_("What you compared; it is kept encrypted."), SCREENING, "TEXT")
CLEAR = (
    _NUMBER,
    Option("why", ("--why",),
           N_("Why: other_birth, other_country, other_person, common_name or licence."), SCREENING, "WORD"),
    _NOTE,
    _BY,
    *WITHOUT_PACKS,
)  # fmt: skip
CONFIRM = (_NUMBER, _NOTE, _BY, *WITHOUT_PACKS)
