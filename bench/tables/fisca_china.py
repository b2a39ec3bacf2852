"""Imports into China as steps of an OpenFisca model. Fen throughout."""

from __future__ import annotations

import fisca
import numpy as np
from china import GRAMS, China
from fisca import Asked, Column, Model, Step

NEVER = 1 << 40
GIVEN = ("line", "origin", "proof", "own", "channel", "accepted", "amount", "grams", "items")
REGIMES = ("retail", "retail_above_limit", "personal", "personal_single", "ordinary")
RETAIL, ABOVE, PERSONAL, SINGLE, ORDINARY = range(5)


def model(law: China) -> Model:
    """The model of imports into China: `way` is the one regime that a sale is for, the rest follows it."""
    chain = Chain(law)
    steps: dict[str, Step] = {
        "case": lambda a: chain.law["kinds"][chain.law["groups"][a("origin")] * len(law.wide.codes) + a("line")],
        "way": chain.way,
        "barred": chain.barred,
        "normal": lambda a: chain.duty(a, 0),
        "least": chain.least,
        "levied": lambda a: np.isin(a("way"), (ABOVE, ORDINARY)),
        "duty": chain.duty_owed,
        "place": chain.place,
        "excise": chain.excise,
        "vat": chain.vat,
        "known": lambda a: (a("status") == 0) * 1,
        **chain.answer(),
    }
    return Model(GIVEN, steps, REGIMES, law.wide)


class Chain:
    """The steps, over the law as arrays."""

    def __init__(self, law: China) -> None:
        self.of, self.law = law, fisca.arrays(law.keys, law.cases, law.wide)
        self.slots = range(1, law.wide.slots + 1)

    def way(self, a: Asked) -> Column:
        """The regime for such a buyer, channel and value."""
        shop = np.where(a("amount") <= self.of.single, RETAIL, ABOVE)
        parcel = np.where(a("amount") <= self.of.parcel, PERSONAL, SINGLE)
        return np.where(a("own") == 0, ORDINARY, np.where(a("channel") == 1, parcel, shop))

    def barred(self, a: Asked) -> Column:
        """Whether the way is closed whatever it costs."""
        way, case = a("way"), a("case")
        many = np.isin(way, (ABOVE, SINGLE)) & (a("items") != 1)
        spent = (way == ABOVE) & (a("amount") > self.of.annual)
        mail = np.isin(way, (PERSONAL, SINGLE))
        ban = np.where(mail, self.law["mail_ban"][case], self.law["ban"][case])
        return many | spent | ban | (np.isin(way, (RETAIL, ABOVE)) & self.law["off"][case])

    def duty(self, a: Asked, j: int) -> Column:
        """The duty under one treatment; -1 where it is not known."""
        number, scale = self.law[f"num{j}"][a("case")].astype(np.int64), self.of.wide.scale
        return np.where(number >= 0, (2 * a("amount") * number + scale) // (2 * scale), -1)

    def least(self, a: Asked) -> Column:
        """The least open duty and whose it is: 8 times the fen, plus the treatment's place; -1 where none is known."""
        case, proof, normal = a("case"), a("proof"), a("normal").astype(np.int64)
        least = np.where(normal < 0, NEVER, normal * 8)
        for j in self.slots:
            open_ = (proof == self.law[f"t{j}"][case]) & (proof >= 0)
            open_ |= a("amount") <= self.law[f"w{j}"][case]
            least = np.minimum(least, np.where(open_, self.duty(a, j) * 8 + j, NEVER))
        return np.where(least == NEVER, -1, least)

    def duty_owed(self, a: Asked) -> Column:
        """The duty of a tariff, or the tax on articles, where it is not too small to levy."""
        case, value = a("case"), a("amount").astype(np.int64)
        rate = np.where(self.reached(a, "articles"), self.law["articles1"][case], self.law["articles0"][case])
        articles = (2 * value * rate + 100) // 200
        mail = np.isin(a("way"), (PERSONAL, SINGLE))
        full = np.where(mail, articles, np.where(a("levied") > 0, a("least") // 8, 0))
        return np.where((a("way") != ABOVE) & (full <= self.of.nil), 0, full)

    def place(self, a: Asked) -> Column:
        """The treatment taken: MFN where the consignment pays no more with it."""
        base, trade = a("normal"), a("way") == ORDINARY
        normal = (base >= 0) & ((base == a("least") // 8) | (trade & (base <= self.of.nil)))
        return np.where(normal, 0, a("least") % 8)

    def reached(self, a: Asked, tax: str) -> Column:
        """Whether the value of a unit reaches that of the higher class."""
        found, value = np.zeros(len(a("amount")), bool), 1000 * a("amount").astype(np.int64)
        for unit, name in (("gram", "grams"), ("item", "items")):
            each = self.law[f"{tax}_{unit}"][a("case")]
            found |= (each >= 0) & (value >= each * a(name).astype(np.int64))
        return found

    def _excise(self, a: Asked, base: Column, tenths: int) -> Column:
        """The consumption tax, which is in its own base; -1 where its rate is not known."""
        case, high = a("case"), self.reached(a, "excise")
        share = np.where(high, self.law["excise1"][case], self.law["excise0"][case]).astype(np.int64)
        weight = np.where(high, self.law["weight1"][case], self.law["weight0"][case]).astype(np.int64)
        den = 10 * (1000 - share)
        weighed = (2 * a("grams") * weight * tenths + 10 * GRAMS) // (20 * GRAMS)
        found = np.where(weight > 0, weighed, (2 * base * share * tenths + den) // (2 * den))
        return np.where((share < 0) & (weight == 0), -1, found)

    def excise(self, a: Asked) -> Column:
        """The consumption tax of the way; -1 where its rate is not known."""
        value = a("amount").astype(np.int64)
        retail = self._excise(a, value, 7)
        full = self._excise(a, value + a("duty"), 10)
        full = np.where((a("way") == ORDINARY) & (full >= 0) & (full <= self.of.nil), 0, full)
        return np.where(a("way") == RETAIL, retail, np.where(a("levied") > 0, full, 0))

    def vat(self, a: Asked) -> Column:
        """The VAT of the way, on what came before: in retail on the consumption tax before its cut."""
        value, rate = a("amount").astype(np.int64), self.law["vat"][a("case")].astype(np.int64)
        retail = (2 * (value + self._excise(a, value, 10).clip(0)) * rate * 7 + 1000) // 2000
        full = (2 * (value + a("duty") + a("excise").clip(0)) * rate + 100) // 200
        full = np.where((a("way") == ORDINARY) & (full <= self.of.nil), 0, full)
        return np.where(a("way") == RETAIL, retail, np.where(a("levied") > 0, full, 0))

    def status(self, a: Asked) -> Column:
        """Open, conditional or closed."""
        case, levied = a("case"), a("levied") > 0
        some = np.any([self.law[f"rate{j}"][case] >= 0 for j in self.slots], axis=0)
        asked = (a("proof") != self.of.wide.treatments.index("none")) & some
        duty = np.where(levied & (a("least") < 0), np.where(asked, 1, 2), 0)
        single = (a("way") == SINGLE) & (a("accepted") == 0)
        return np.where(a("barred") > 0, 2, np.where(single, 1, duty))

    def row(self, a: Asked) -> Column:
        """The row of law that decided the duty, or relieved it."""
        case, place, way = a("case"), a("place"), a("way")
        found = np.select([place == j for j in (0, *self.slots)], [self.law[f"row{j}"][case] for j in (0, *self.slots)])
        full = np.where(place == 0, a("normal"), a("least") // 8)
        small = (way == ORDINARY) & (full > 0) & (full <= self.of.nil)
        found = np.where(small, self.of.rows["duty"], found)
        high = self.reached(a, "articles")
        articles = np.where(high, self.law["articles_row1"][case], self.law["articles_row0"][case])
        rate = np.where(high, self.law["articles1"][case], self.law["articles0"][case])
        tax = (2 * a("amount").astype(np.int64) * rate + 100) // 200
        articles = np.where((tax > 0) & (tax <= self.of.nil), self.of.rows["articles_tax"], articles)
        return np.where(a("levied") > 0, found, np.where(way == RETAIL, self.of.rows["retail"], articles))

    def answer(self) -> dict[str, Step]:
        """The steps that tell the way."""

        def where(step: Step) -> Step:
            return lambda a: np.where(a("known") > 0, step(a), -1)

        def treatment(a: Asked) -> Column:
            case, place = a("case"), a("place")
            places = (0, *self.slots)
            found = np.select([place == j for j in places], [self.law[f"t{j}"][case] for j in places])
            return np.where(a("levied") > 0, found, -1)

        def at_least(a: Asked) -> Column:
            unread = (a("excise") < 0) | ((a("levied") > 0) & self.law["more"][a("case")])
            return (a("known") > 0) & unread

        return {
            "regime": where(lambda a: a("way")),
            "treatment": where(treatment),
            "status": self.status,
            "at_least": at_least,
            "duties": where(lambda a: a("duty")),
            "taxes": where(lambda a: a("excise").clip(0) + a("vat")),
            "fees": where(lambda a: 0 * a("amount")),
            "charges": where(lambda a: a("duties") + a("taxes")),
            "landed": where(lambda a: a("amount") + a("charges")),
            "row": where(self.row),
        }
