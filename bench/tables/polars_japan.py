"""The assessment of imports into Japan as Polars expressions; the same packed numbers as `duck_japan`.

Words are enumerations, so a sale's line and origin are numbers. Amounts are 32-bit where the bounds of the drawn sales
keep them so: Polars does not tell when a number overflows.

Slower were: the law's columns read by place (`gather`) in place of a join; one branch for both kinds of buyer; and for
each of these the streaming engine.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from japan import Japan
from wide_tables import lines_of

NEVER = 2_000_000_000  # more than any duty: of what is not open
DUTY = (1 << 20) - 1


class Plan:
    """The law as Polars holds it, made once; `answers` is the query over sales."""

    def __init__(self, law: Japan) -> None:
        self.law, self.slots = law, range(1, law.wide.slots + 1)
        cases = pl.DataFrame(law.cases)
        words = pl.Enum(law.wide.treatments)
        # A treatment that is not there is never open, so its numbers need no nulls.
        filled = [pl.col(f"t{j}").cast(words).to_physical().cast(pl.Int16).fill_null(-1) for j in self.slots]
        filled += [pl.col(f"w{j}").fill_null(-1) for j in self.slots]
        some = pl.any_horizontal(pl.col(f"rate{j}").is_not_null() for j in self.slots).alias("some")
        always = ("kind", "vat", "rice", "unread", "excluded", "num0")
        nums, rates = [f"num{j}" for j in self.slots], [f"rate{j}" for j in (0, *self.slots)]
        self.plain = cases.select(*always, some, *filled, pl.col(*nums).fill_null(0))
        self.mixed = cases.select(*always, some, *filled, *rates).filter(~cases["plain"])
        self.is_plain = cases["plain"]
        self.rates = pl.DataFrame(law.wide.rates)
        self.kinds = pl.Series(law.keys["kind"].to_numpy())
        self.groups = pl.Series(law.wide.groups["grp"].to_numpy())
        # The treatment and the row of law by place: eight of a case, the last of what is relieved.
        places = [min(j, law.wide.slots) if j < 7 else 0 for j in range(8)]
        self.named = pl.DataFrame([cases[f"t{j}"].cast(words).alias(f"{i}") for i, j in enumerate(places)])
        self.rows = pl.DataFrame([cases[f"row{j}"].alias(f"{i}") for i, j in enumerate(places)])
        self.named, self.rows = laid(self.named), laid(self.rows)

    def answers(self, sales: pl.LazyFrame) -> pl.LazyFrame:
        """The answers, each with the number of its sale, `rid`."""
        read = self._given(sales)
        mixed = self._of(read.filter(~pl.col("plain")), "op", mixed=True)
        trade = self._of(read.filter(pl.col("plain") & ~pl.col("own")), "o", mixed=False)
        own = self._of(read.filter(pl.col("plain") & pl.col("own")), "op", mixed=False)
        return pl.concat([trade, own, mixed])

    def _given(self, sales: pl.LazyFrame) -> pl.LazyFrame:
        line = pl.col("hs_code").to_physical().cast(pl.Int32)
        group = pl.lit(self.groups).gather(pl.col("country_of_origin").to_physical())
        amount = pl.col("amount").cast(pl.Int32)
        return sales.select(
            "rid",
            "items",
            vo=amount,
            vp=(6 * amount + 5) // 10,
            own=pl.col("buyer_kind") == "consumer",
            proof=pl.col("proof_of_origin").to_physical().cast(pl.Int16).fill_null(-2),
            grams=(pl.col("net_mass_kg") * 1000).cast(pl.Int32),
            kind=pl.lit(self.kinds).gather(group * len(self.law.wide.codes) + line),
        ).with_columns(plain=pl.lit(self.is_plain).gather(pl.col("kind")))

    def _of(self, read: pl.LazyFrame, ways: str, mixed: bool) -> pl.LazyFrame:
        """The sales of goods of which every treatment is a percentage, or the rest."""
        law = self.mixed if mixed else self.plain
        read = read.join(law.lazy(), on="kind", how="left", maintain_order="left")
        for j in (0, *self.slots) if mixed else ():
            named = {"rate": f"rate{j}"} | {name: f"{name}_{j}" for name in self.rates.columns if name != "rate"}
            read = read.join(self.rates.lazy().rename(named), on=f"rate{j}", how="left", maintain_order="left")
        keys = [key for way in ways for key in self._keys(way, mixed)]
        best = self._packed("o") if ways == "o" else pl.min_horizontal(self._packed("o"), self._packed("p"))
        owed = (
            read.with_columns(keys).with_columns(_duty_of(way) for way in ways).with_columns(_tax(way) for way in ways)
        )
        return owed.with_columns(best=best).select(*self._answer())

    def _keys(self, way: str, mixed: bool) -> list[pl.Expr]:
        """The MFN duty, and the least open duty with whose it is: eight times the yen, plus the treatment's place."""
        base = self._duty(way, 0, mixed)
        found = [base * 8]
        for j in self.slots:
            open_ = (pl.col("proof") == pl.col(f"t{j}")) | (pl.col(f"v{way}") <= pl.col(f"w{j}"))
            found.append(pl.when(open_).then(self._duty(way, j, mixed) * 8 + j).otherwise(NEVER))
        return [base.alias(f"base_{way}"), pl.min_horizontal(found).alias(f"key_{way}")]

    def _duty(self, way: str, j: int, mixed: bool) -> pl.Expr:
        """The duty in whole yen, of the customs value truncated to 1,000 yen."""
        scale, thousands = self.law.wide.scale, pl.col(f"v{way}") // 1000
        if not mixed:
            duty = thousands * pl.col(f"num{j}")
            return duty if scale == 1000 else duty // (scale // 1000)
        value = thousands.cast(pl.Int64) * 1000
        given = {"v": value, "g": pl.col("grams"), "i": pl.col("items"), "f": pl.lit(1)}
        least = [
            pl.min_horizontal(
                pl.sum_horizontal(each * pl.col(f"{letter}{p}_{j}") for letter, each in given.items()) for p in lines
            )
            for lines in lines_of(self.law.wide.shape)
        ]
        most = pl.max_horizontal(*least, 0) // pl.col(f"den_{j}")
        return pl.when(pl.col(f"rate{j}").is_not_null()).then(most.cast(pl.Int32))

    def _packed(self, way: str) -> pl.Expr:
        """A way with all it costs: total << 24, personal << 23, duty << 3, the treatment's place (7 where relieved)."""
        limit, mine = (self.law.relief, 0) if way == "o" else (self.law.own_relief, 1 << 23)
        duty, tax = pl.col(f"duty_{way}"), pl.col(f"tax_{way}")
        place = pl.when(pl.col(f"base_{way}") // 100 <= duty).then(0).otherwise(pl.col(f"key_{way}") & 7)
        total = (duty + tax + tax * 11 // 39).cast(pl.Int64)
        nil = (pl.col("vo") <= limit) & ~pl.col("excluded")
        known = pl.when(pl.col(f"key_{way}") < NEVER).then((total * (1 << 24)) + mine + duty * 8 + place)
        found = pl.when(nil).then(pl.lit(mine | 7, pl.Int64)).otherwise(known)
        return pl.when("own").then(found) if mine else found

    def _answer(self) -> list[pl.Expr]:
        best, known = pl.col("best"), pl.col("best").is_not_null()
        mine = best & (1 << 23) != 0
        duty, total = 100 * (best // 8 & DUTY), 100 * (best // (1 << 24))
        place = pl.col("kind") * 8 + (best & 7).cast(pl.Int32)
        fees = pl.when(known).then(((pl.col("rice") * pl.col("grams") + 500) // 1000).fill_null(0))
        regimes, statuses = pl.Enum(["ordinary", "personal_use"]), pl.Enum(["open", "conditional", "closed"])
        asked = (pl.col("proof") != self.law.wide.treatments.index("none")) & pl.col("some")
        relief = pl.when(mine).then(self.law.own_relief_row).otherwise(self.law.relief_row).cast(pl.Int32)
        return [
            pl.col("rid"),
            mine.cast(pl.UInt8).cat.to(regimes).alias("regime"),
            pl.lit(self.named).gather(place).alias("treatment"),
            pl.when(known).then(0).when(asked).then(1).otherwise(2).cast(pl.UInt8).cat.to(statuses).alias("status"),
            (pl.col("unread") & known).alias("at_least"),
            duty.alias("duties"),
            (total - duty).alias("taxes"),
            fees.alias("fees"),
            (total + fees).alias("charges"),
            (pl.col("vo") + total + fees).alias("landed"),
            pl.when(best & 7 == 7).then(relief).otherwise(pl.lit(self.rows).gather(place)).alias("row"),
        ]


def _duty_of(way: str) -> pl.Expr:
    return (pl.col(f"key_{way}") // 800).alias(f"duty_{way}")


def _tax(way: str) -> pl.Expr:
    """The national consumption tax in hundreds of yen."""
    return ((pl.col(f"v{way}") + 100 * pl.col(f"duty_{way}")) // 1000 * pl.col("vat") // 1000).alias(f"tax_{way}")


def laid(frame: pl.DataFrame) -> pl.Series:
    """The rows of a frame one after the other; a place that no treatment has is never read."""
    kind = frame.dtypes[0]
    words = isinstance(kind, pl.Enum)
    numbers = frame.select((pl.all().to_physical() if words else pl.all()).fill_null(0))
    found = pl.Series(np.ascontiguousarray(numbers.to_numpy()).ravel())
    return found.cat.to(kind) if words else found
