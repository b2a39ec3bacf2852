"""The cube of digital trade as SDMX: SDMX-CSV 2.0, SDMX-ML 3.0, and its structure. Needs the extra `statistics`.

Code lists of SDMX and of the IMF where they exist; of these only the codes that are used are in the structure. Their
versions, except that of CL_ACCOUNT_ENTRY, were not confirmed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.measure.cube import AGENCY, ATTRIBUTES, COLUMNS, DIMENSIONS, STRUCTURE, VERSION, Observation
from entrepot.measure.template import ROWS
from entrepot.model.errors import StoreError

_RELATIONS = re.compile(r"<str:MeasureRelationship>.*?</str:MeasureRelationship>", re.DOTALL)
FORMATS = ("sdmx-csv", "sdmx-ml", "sdmx-structure")
#: By concept: the agency, the list, its version, and the codes that are used with their names.
LISTS: Mapping[str, tuple[str, str, str, Mapping[str, str]]] = {
    "FREQ": ("SDMX", "CL_FREQ", "2.1", {"A": "Annual", "Q": "Quarterly", "M": "Monthly"}),
    "REF_SECTOR": (
        "IMF",
        "CL_SECTOR",
        "1.0",
        {
            "S1": "Total economy",
            "S11": "Non-financial corporations",
            "S13": "General government",
            "S1M": "Households and non-profit institutions serving households",
        },
    ),
    "ACCOUNTING_ENTRY": ("IMF", "CL_ACCOUNT_ENTRY", "1.2", {"C": "Credit", "D": "Debit"}),
    "MEASURE": (AGENCY, "CL_DIGITAL_TRADE_MEASURE", VERSION, {each.measure.upper(): each.name for each in ROWS}),
    "PRODUCT": (AGENCY, "CL_DIGITAL_TRADE_PRODUCT", VERSION, {"_T": "Total"}),
    "OBS_STATUS": (
        "SDMX",
        "CL_OBS_STATUS",
        "2.2",
        {"A": "Normal value", "O": "Missing value", "Q": "Missing value; suppressed"},
    ),
    "CONF_STATUS": ("SDMX", "CL_CONF_STATUS", "1.3", {"F": "Free", "C": "Confidential statistical information"}),
    "AT_LEAST": (AGENCY, "CL_AT_LEAST", VERSION, {"Y": "A part is not known: at least this", "N": "Complete"}),
    "COMPILATION": (
        AGENCY,
        "CL_COMPILATION",
        VERSION,
        {"LEDGER": "From the ledger of a node", "SURVEY": "Survey", "ESTIMATE": "Estimate"},
    ),
    "VALUATION": (
        AGENCY,
        "CL_VALUATION",
        VERSION,
        {"FOB": "At the exporter's frontier", "CIF": "With freight and insurance", "PRICE": "As charged"},
    ),
    "UNIT_MULT": ("SDMX", "CL_UNIT_MULT", "1.1", {"0": "Units"}),
}
#: Lists whose codes are those of the data.
_OPEN_LISTS: Mapping[str, tuple[str, str, str]] = {
    "REF_AREA": ("IMF", "CL_AREA", "1.0"),
    "COUNTERPART_AREA": ("IMF", "CL_AREA", "1.0"),
    "UNIT_MEASURE": ("IMF", "CL_UNIT", "1.0"),
}


def write(found: Sequence[Observation], form: str, *, prepared: dt.datetime, sender: str) -> str:
    """Observations in a form of `FORMATS`. `sender`: the reporter's name in the header. Raises StoreError.

    The structure has the code lists, the concepts, the data structure and the dataflow.
    """
    try:
        from pysdmx.io import write_sdmx  # noqa: PLC0415  # a large optional package
        from pysdmx.io.format import Format  # noqa: PLC0415
    except ImportError as error:
        raise StoreError(f"SDMX needs {error.name}: run pip install 'entrepot[statistics]'.") from None
    lists, scheme, structure, flow = _structure(found)
    if form == "sdmx-structure":
        objects: list[Any] = [*lists, scheme, structure, flow]
        wanted = Format.STRUCTURE_SDMX_ML_3_0
    else:
        objects = [_dataset(found, structure)]
        wanted = Format.DATA_SDMX_CSV_2_0_0 if form == "sdmx-csv" else Format.DATA_SDMX_ML_3_0
    if form == "sdmx-csv":
        return str(write_sdmx(objects, wanted))
    # There is one measure, so that attributes relate to it says nothing, and some readers do not know the element.
    return _RELATIONS.sub("", str(write_sdmx(objects, wanted, header=_header(prepared, sender))))


def _header(prepared: dt.datetime, sender: str) -> Any:
    from pysdmx.model import Organisation  # noqa: PLC0415
    from pysdmx.model.message import Header  # noqa: PLC0415

    number = f"{STRUCTURE}_{prepared:%Y%m%dT%H%M%S}"
    return Header(id=number, test=False, prepared=prepared, sender=Organisation(id=sender))


def _structure(found: Sequence[Observation]) -> tuple[list[Any], Any, Any, Any]:
    """The code lists, the concept scheme, the data structure and the dataflow."""
    from pysdmx.model import (  # noqa: PLC0415
        Component,
        Components,
        Concept,
        ConceptScheme,
        Dataflow,
        DataStructureDefinition,
        Role,
    )
    from pysdmx.model.__base import DataType  # noqa: PLC0415

    by_concept = _codelists(found)
    lists = list({each.id: each for each in by_concept.values()}.values())
    kinds = {"TIME_PERIOD": DataType.PERIOD, "OBS_VALUE": DataType.DECIMAL}
    concepts = [
        Concept(
            id=name,
            name=name,
            dtype=kinds.get(name, DataType.STRING),
            codes=by_concept.get(name),
            urn=f"urn:sdmx:org.sdmx.infomodel.conceptscheme.Concept={AGENCY}:CS_{STRUCTURE}({VERSION}).{name}",
        )
        for name in COLUMNS
    ]
    scheme = ConceptScheme(
        id=f"CS_{STRUCTURE}", name="Concepts of digital trade", agency=AGENCY, version=VERSION, items=concepts
    )
    roles = dict.fromkeys(DIMENSIONS, Role.DIMENSION) | {"OBS_VALUE": Role.MEASURE}
    parts = [
        Component(
            id=each.id,
            required=each.id in DIMENSIONS,
            role=roles.get(each.id, Role.ATTRIBUTE),
            concept=each,
            local_codes=by_concept.get(each.id),
            attachment_level="O" if each.id in ATTRIBUTES else None,
        )
        for each in concepts
    ]
    structure = DataStructureDefinition(
        id=STRUCTURE, name="Digital trade", agency=AGENCY, version=VERSION, components=Components(parts)
    )
    flow = Dataflow(id=STRUCTURE, name="Digital trade", agency=AGENCY, version=VERSION, structure=structure)
    return lists, scheme, structure, flow


def _codelists(found: Sequence[Observation]) -> dict[str, Any]:
    """The code list of each concept that has one; two concepts may have one list."""
    from pysdmx.model import Code, Codelist  # noqa: PLC0415

    made: dict[str, Any] = {}
    for agency, number, version, codes in _lists(found).values():
        if number not in made:
            items = [Code(id=code, name=title) for code, title in codes.items()]
            made[number] = Codelist(
                id=number, name=number, agency=agency, version=version, is_partial=agency != AGENCY, items=items
            )
    return {name: made[each[1]] for name, each in _lists(found).items()}


def _lists(found: Sequence[Observation]) -> dict[str, tuple[str, str, str, Mapping[str, str]]]:
    areas = sorted({each.ref_area for each in found} | {each.counterpart_area for each in found})
    codes = {
        "CL_AREA": {area: "World" if area == "W1" else area for area in areas},
        "CL_UNIT": {each: each for each in sorted({each.unit_measure for each in found})},
    }
    opened = {name: (*each, codes[each[1]]) for name, each in _OPEN_LISTS.items()}
    return {**LISTS, **opened}


def _dataset(found: Sequence[Observation], structure: Any) -> Any:
    import pandas as pd  # type: ignore[import-untyped]  # noqa: PLC0415  # has no types here; a large package
    from pysdmx.io.pd import PandasDataset  # noqa: PLC0415

    frame = pd.DataFrame(list(found), columns=list(COLUMNS), dtype="string")
    return PandasDataset(structure=structure.to_schema(), data=frame)
