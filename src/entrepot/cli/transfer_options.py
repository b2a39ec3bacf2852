"""The options of the commands `transfers`."""

from __future__ import annotations

from entrepot.cli.options import CONTEXT, JSON, LANG, ON, PACKS, WITHOUT_PACKS
from entrepot.cli.parameters import Option
from entrepot.language.translate import N_

TRANSFERS = N_("Data sent abroad")
_WAY = (
    Option("origin", (), N_("The economy that the data leave."), metavar="FROM", kind="required"),
    Option("destination", (), N_("The economy to which they go."), metavar="TO", kind="required"),
)
_BY = Option("by", ("--by",), N_("Who you are: what opens something needs two different persons."), TRANSFERS, "NAME")
_MECHANISM = Option("mechanism", (), N_("What makes the transfer lawful."), metavar="MECHANISM", kind="required")

CHECK = (
    *_WAY,
    Option("category", ("--category",), N_("What the data are: ordinary (default), sensitive, important or none."),
           TRANSFERS, "WORD"),
    Option("ground", ("--ground",), N_("Why they leave, such as contract (default), consent or emergency."),
           TRANSFERS, "WORD"),
    Option("exporter", ("--exporter",), N_("Who sends: ordinary (default), large or critical."), TRANSFERS, "WORD"),
    Option("people", ("--people",), N_("Distinct persons of the year, this one included."), TRANSFERS, "NUMBER"),
    Option("first", ("--first",), N_("The day on which such data left for the first time."), TRANSFERS, "YYYY-MM-DD"),
    Option("held", ("--held",), N_("A mechanism that is in place."), TRANSFERS, "MECHANISM"),
    ON,
    JSON,
    LANG,
    PACKS,
)  # fmt: skip
LIST = (CONTEXT, *WITHOUT_PACKS)
RULES = (
    Option("origin", (), N_("The economy that the data leave."), metavar="FROM", kind="required"),
    ON,
    JSON,
    LANG,
    PACKS,
)
RECORD = (
    *_WAY,
    _MECHANISM,
    Option("number", ("--number",), N_("The number of the filing, contract or opinion."), TRANSFERS, "TEXT"),
    Option("until", ("--until",), N_("The first day on which it no longer holds."), TRANSFERS, "YYYY-MM-DD"),
    _BY,
    *WITHOUT_PACKS,
)
ONE = (*_WAY, _MECHANISM, _BY, *WITHOUT_PACKS)
