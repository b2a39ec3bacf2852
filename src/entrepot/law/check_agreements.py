"""Check the tables of agreements: known names, articles, and provisions that open no more than they bind to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from entrepot.law.read import Pack, Row
from entrepot.model.errors import in_quotes, meant

Fault = Callable[[str, str], None]
#: `at(file, line)`: adds a fault at that place, by its column and its message.
At = Callable[[str, int], Fault]


def check_agreements(world: Pack, at: At) -> None:
    """Every fault of the rows of agreements, given to `at`."""
    agreements = {row["agreement"]: row for row in world.rows("agreements")}
    _check_names(world, agreements, at)
    in_force = {row["agreement"] for row in world.rows("agreements") if row["state"] == "in_force"}
    for row in world.rows("parties"):
        if row["agreement"] in agreements and row["agreement"] not in in_force:
            message = f"{in_quotes(row['agreement'])} is never in force in agreements.csv, so it has no party."
            at(row.file, row.line)("agreement", message)
    articles: dict[str, set[str]] = defaultdict(set)
    for row in world.rows("provisions"):
        articles[row["agreement"]].add(row["article"])
        kind = agreements[row["agreement"]]["kind"] if row["agreement"] in agreements else ""
        _check_provision(row, kind, at(row.file, row.line))
    for row in world.rows("reservations"):
        if row["article"] not in articles[row["agreement"]]:
            message = f"provisions.csv has no article {in_quotes(row['article'])} of {in_quotes(row['agreement'])}."
            at(row.file, row.line)("article", message)


def _check_names(world: Pack, agreements: dict[str, Row], at: At) -> None:
    """The agreements, economies and treatments that the rows name."""
    treatments = {entry.id for _, entry in world.entries_of("treatment")}
    economies = {row["economy"] for row in world.rows("economies")}
    for row in world.rows("agreements"):
        if row["parties_of"] and row["parties_of"] not in treatments:
            near = meant(row["parties_of"], treatments)
            at(row.file, row.line)("parties_of", f"{in_quotes(row['parties_of'])} is not a treatment.{near}")
    for table in ("parties", "provisions", "reservations"):
        for row in world.rows(table):
            fault = at(row.file, row.line)
            if row["agreement"] not in agreements:
                near = meant(row["agreement"], agreements)
                fault("agreement", f"agreements.csv has no agreement {in_quotes(row['agreement'])}.{near}")
            if row["economy"] and row["economy"] not in economies:
                fault("economy", f"{in_quotes(row['economy'])} is not an economy of the world pack.")


def _check_provision(row: Row, kind: str, fault: Fault) -> None:
    """A provision opens, closes or requires only what it binds to."""
    if row["effect"] != "shows" and row["force"] in ("soft", "unknown"):
        fault("effect", f"A provision that is {row['force']} opens, closes and requires nothing. Write shows.")
    elif row["effect"] != "shows" and row["force"] == "mixed" and not row["condition"]:
        fault("condition", "Say which part of the provision binds, or write shows as its effect.")
    elif row["effect"] != "shows" and kind == "memorandum":
        fault("effect", "A memorandum opens programmes and talk only. Write shows.")
    elif row["effect"] == "opens" and not row["capabilities"]:
        fault("capabilities", "Name the capabilities that this provision opens.")
