"""Imports into Japan as steps of an OpenFisca model."""

from __future__ import annotations

import fisca
import numpy as np
from fisca import Asked, Column, Model, Step
from japan import Japan

NEVER = 1 << 40
GIVEN = ("line", "origin", "proof", "own", "amount", "grams", "items")


def model(law: Japan) -> Model:
    """The model of imports into Japan."""
    chain = Chain(law)
    steps: dict[str, Step] = {
        "case": lambda a: chain.law["kinds"][chain.law["groups"][a("origin")] * len(law.wide.codes) + a("line")],
        "value_o": lambda a: a("amount"),
        "value_p": lambda a: (6 * a("amount").astype(np.int64) + 5) // 10,
        **{name: step for way in "op" for name, step in chain.way(way).items()},
        "personal": lambda a: (
            (a("own") > 0) & (a("total_p") >= 0) & ((a("total_o") < 0) | (a("total_p") < a("total_o")))
        ),
        "known": lambda a: (a("total_o") >= 0) | (a("personal") > 0),
        **chain.answer(),
    }
    return Model(GIVEN, steps, ("ordinary", "personal_use"), law.wide)


class Chain:
    """The steps, over the law as arrays."""

    def __init__(self, law: Japan) -> None:
        self.of, self.law = law, fisca.arrays(law.keys, law.cases, law.wide)
        self.slots = range(1, law.wide.slots + 1)

    def way(self, way: str) -> dict[str, Step]:
        """The steps of one regime. Duty, tax and total in hundreds of yen, -1 where a duty is not known."""

        def duty(a: Asked) -> Column:
            return np.where(a(f"relieved_{way}") > 0, 0, np.where(a(f"least_{way}") < 0, -1, a(f"least_{way}") // 800))

        def tax(a: Asked) -> Column:
            base = a(f"value_{way}").astype(np.int64) + 100 * a(f"duty_{way}")
            owed = base // 1000 * self.law["vat"][a("case")] // 1000
            return np.where((a(f"relieved_{way}") > 0) | (a(f"duty_{way}") < 0), 0, owed)

        def place(a: Asked) -> Column:
            base = a(f"normal_{way}")
            normal = (base >= 0) & (base // 100 <= a(f"duty_{way}"))
            return np.where(a(f"relieved_{way}") > 0, 7, np.where(normal, 0, a(f"least_{way}") % 8))

        def total(a: Asked) -> Column:
            whole = a(f"duty_{way}") + a(f"tax_{way}") + a(f"tax_{way}") * 11 // 39
            return np.where(a(f"duty_{way}") < 0, -1, whole)

        limit = self.of.relief if way == "o" else self.of.own_relief
        return {
            f"relieved_{way}": lambda a: (a("amount") <= limit) & ~self.law["excluded"][a("case")],
            f"normal_{way}": lambda a: self._duty(a, way, 0),
            f"least_{way}": lambda a: self._least(a, way),
            f"duty_{way}": duty,
            f"tax_{way}": tax,
            f"place_{way}": place,
            f"total_{way}": total,
        }

    def _duty(self, a: Asked, way: str, j: int) -> Column:
        """The duty in whole yen under one treatment; -1 where it is not known."""
        case, scale = a("case"), self.of.wide.scale
        thousands = a(f"value_{way}").astype(np.int64) // 1000
        number = self.law[f"num{j}"][case]
        duty = np.where(number >= 0, thousands * number // (scale // 1000), -1)
        some = np.flatnonzero(~self.law["plain"][case])
        rate, grams, items = self.law[f"rate{j}"][case[some]], a("grams")[some].astype(np.int64), a("items")[some]
        duty[some] = fisca.mixed(self.of.wide, self.law, rate, 1000 * thousands[some], grams, items)
        return duty

    def _least(self, a: Asked, way: str) -> Column:
        """The least open duty and whose it is: 8 times the yen, plus the treatment's place; -1 where none is known."""
        case, value, proof = a("case"), a(f"value_{way}"), a("proof")
        normal = a(f"normal_{way}").astype(np.int64)
        least = np.where(normal < 0, NEVER, normal * 8)
        for j in self.slots:
            duty = self._duty(a, way, j)
            open_ = ((proof == self.law[f"t{j}"][case]) & (proof >= 0)) | (value <= self.law[f"w{j}"][case])
            least = np.minimum(least, np.where(open_ & (duty >= 0), duty * 8 + j, NEVER))
        return np.where(least == NEVER, -1, least)

    def answer(self) -> dict[str, Step]:
        """The steps that tell the best way."""

        def of_best(name: str) -> Step:
            return lambda a: np.where(a("personal") > 0, a(f"{name}_p"), a(f"{name}_o"))

        def money(step: Step) -> Step:
            return lambda a: np.where(a("known") > 0, step(a), -1)

        def status(a: Asked) -> Column:
            some = np.any([self.law[f"rate{j}"][a("case")] >= 0 for j in self.slots], axis=0)
            asked = (a("proof") != self.of.wide.treatments.index("none")) & some
            return np.where(a("known") > 0, 0, np.where(asked, 1, 2))

        def by_place(name: str, relieved: Step) -> Step:
            def step(a: Asked) -> Column:
                place, case = of_best("place")(a), a("case")
                found = np.select([place == j for j in self.slots], [self.law[f"{name}{j}"][case] for j in self.slots])
                found = np.where(place == 0, self.law[f"{name}0"][case], found)
                return np.where(place == 7, relieved(a), found)

            return money(step)

        rice = self.law["rice"]
        own, usual = self.of.own_relief_row, self.of.relief_row
        return {
            "regime": lambda a: np.where(a("known") > 0, a("personal"), -1),
            "treatment": by_place("t", lambda a: self.law["t0"][a("case")]),
            "status": status,
            "at_least": lambda a: (a("known") > 0) & self.law["unread"][a("case")],
            "duties": money(lambda a: 100 * of_best("duty")(a)),
            "taxes": money(lambda a: 100 * (of_best("total")(a) - of_best("duty")(a))),
            "fees": money(lambda a: (rice[a("case")].clip(0) * a("grams").astype(np.int64) + 500) // 1000),
            "charges": money(lambda a: a("duties") + a("taxes") + a("fees")),
            "landed": money(lambda a: a("amount") + a("charges")),
            "row": by_place("row", lambda a: np.where(a("personal") > 0, own, usual)),
        }
