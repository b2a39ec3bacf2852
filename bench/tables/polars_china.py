"""The assessment of imports into China as Polars expressions, each procedure for the sales that it fits. Fen."""

from __future__ import annotations

import polars as pl
from china import GRAMS, China
from polars_japan import NEVER, laid

REGIMES = pl.Enum(["retail", "retail_above_limit", "personal", "personal_single", "ordinary"])
STATUSES = pl.Enum(["open", "conditional", "closed"])
OPEN, CONDITIONAL, CLOSED = range(3)


class Plan:
    """The law as Polars holds it, made once; `answers` is the query over sales."""

    def __init__(self, law: China) -> None:
        self.law, self.slots = law, range(1, law.wide.slots + 1)
        cases, self.words = pl.DataFrame(law.cases), pl.Enum(law.wide.treatments)
        # A treatment that is not there is never open, so its numbers need no nulls.
        filled = [pl.col(f"t{j}").cast(self.words).to_physical().cast(pl.Int16).fill_null(-1) for j in self.slots]
        filled += [pl.col(f"w{j}", f"num{j}").fill_null(-1) for j in self.slots]
        some = pl.any_horizontal(pl.col(f"rate{j}").is_not_null() for j in self.slots).alias("some")
        test = pl.col("^(excise|articles)_(gram|item)$").fill_null(1 << 36)
        excise = ("excise0", "excise1", "weight0", "weight1")
        articles = [pl.col("articles0", "articles1").cast(pl.Int64), pl.col("articles_row0", "articles_row1")]
        cases = cases.with_columns(test)
        tests = {name: [f"{name}_gram", f"{name}_item"] for name in ("excise", "articles")}
        vat = pl.col("vat").cast(pl.Int64)
        self.retail = cases.select("kind", vat, "off", "ban", *excise, *tests["excise"])
        self.articles = cases.select("kind", "mail_ban", *articles, *tests["articles"])
        self.levied = cases.select("kind", vat, "off", "ban", "more", *excise, *tests["excise"], "num0", some, *filled)
        self.kinds = pl.Series(law.keys["kind"].to_numpy())
        self.groups = pl.Series(law.wide.groups["grp"].to_numpy())
        names = range(law.wide.slots + 1)
        self.named = laid(pl.DataFrame([cases[f"t{j}"].cast(self.words).alias(f"{j}") for j in names]))
        self.rows = laid(pl.DataFrame([cases[f"row{j}"].alias(f"{j}") for j in names]))

    def answers(self, sales: pl.LazyFrame) -> pl.LazyFrame:
        """The answers, each with the number of its sale, `rid`."""
        read, law = self._given(sales), self.law
        shop, personal = pl.col("own") & (pl.col("channel") == "ecommerce"), pl.col("channel") == "personal"
        one = (pl.col("items") == 1) & (pl.col("v") > law.single) & (pl.col("v") <= law.annual)
        return pl.concat(
            [
                self._retail(read.filter(shop & ~one)),
                self._articles(read.filter(personal)),
                self._levied(read.filter(~pl.col("own") | (shop & one))),
            ]
        )

    def _given(self, sales: pl.LazyFrame) -> pl.LazyFrame:
        group = pl.lit(self.groups).gather(pl.col("country_of_origin").to_physical())
        return sales.select(
            "rid",
            "items",
            "channel",
            own=pl.col("buyer_kind") == "consumer",
            accepted=pl.col("asserted").is_not_null(),
            v=(pl.col("amount") * 100).cast(pl.Int64),
            grams=(pl.col("net_mass_kg") * 1000).cast(pl.Int64),
            proof=pl.col("proof_of_origin").to_physical().cast(pl.Int16).fill_null(-2),
            kind=pl.lit(self.kinds).gather(
                group * len(self.law.wide.codes) + pl.col("hs_code").to_physical().cast(pl.Int32)
            ),
        )

    def _joined(self, read: pl.LazyFrame, law: pl.DataFrame) -> pl.LazyFrame:
        return read.join(law.lazy(), on="kind", how="left", maintain_order="left")

    def _retail(self, read: pl.LazyFrame) -> pl.LazyFrame:
        """Retail e-commerce within the limit, and what is above it and closed whatever the duty."""
        shut = pl.col("off") | pl.col("ban") | (pl.col("v") > self.law.single)
        whole = _excise(pl.col("v")).fill_null(0)
        vat = (2 * (pl.col("v") + whole) * pl.col("vat") * 7 + 1000) // 2000
        owed = (
            self._joined(read, self.retail)
            .with_columns(_rated())
            .with_columns(shut=shut, taxed=_excise(pl.col("v"), 7), tax=vat)
        )
        return owed.select(
            self._answer(
                regime=pl.when(~pl.col("shut")).then(0),
                treatment=pl.lit(None, self.words),
                status=pl.when("shut").then(CLOSED).otherwise(OPEN),
                at_least=pl.col("taxed").is_null(),
                duties=pl.lit(0, pl.Int64),
                taxes=pl.col("taxed").fill_null(0) + pl.col("tax"),
                row=pl.lit(self.law.rows["retail"], pl.Int32),
            )
        )

    def _articles(self, read: pl.LazyFrame) -> pl.LazyFrame:
        """Personal articles: open within the limit, and above it one by one where customs accepts it."""
        law, above = self.law, pl.col("v") > self.law.parcel
        closed = pl.col("mail_ban") | (above & (pl.col("items") != 1))
        owed = self._joined(read, self.articles).with_columns(
            high=_reached("articles"),
            state=pl.when(closed).then(CLOSED).when(above & ~pl.col("accepted")).then(CONDITIONAL).otherwise(OPEN),
        )
        rate = pl.when("high").then("articles1").otherwise("articles0")
        owed = owed.with_columns(tax=(2 * pl.col("v") * rate + 100) // 200, shut=pl.col("state") != OPEN)
        nil = (pl.col("tax") > 0) & (pl.col("tax") <= law.nil)
        row = pl.when("high").then("articles_row1").otherwise("articles_row0")
        return owed.select(
            self._answer(
                regime=pl.when(~pl.col("shut")).then(pl.when(above).then(3).otherwise(2)),
                treatment=pl.lit(None, self.words),
                status=pl.col("state"),
                at_least=pl.lit(value=False),
                duties=pl.when(pl.col("tax") > law.nil).then("tax").otherwise(0),
                taxes=pl.lit(0, pl.Int64),
                row=pl.when(nil).then(pl.lit(law.rows["articles_tax"], pl.Int32)).otherwise(row),
            )
        )

    def _levied(self, read: pl.LazyFrame) -> pl.LazyFrame:
        """Ordinary import, and one item of retail e-commerce above the limit: duty, consumption tax, VAT."""
        law, scale, trade = self.law, self.law.wide.scale, ~pl.col("own")
        duty = {j: (2 * pl.col("v") * pl.col(f"num{j}") + scale) // (2 * scale) for j in (0, *self.slots)}
        keys = [duty[0] * 4]
        for j in self.slots:
            open_ = (pl.col("proof") == pl.col(f"t{j}")) | (pl.col("v") <= pl.col(f"w{j}"))
            keys.append(pl.when(open_).then(duty[j] * 4 + j).otherwise(NEVER * 4))
        read = self._joined(read, self.levied).with_columns(
            *_rated(),
            base=duty[0],
            key4=pl.min_horizontal(keys),
            barred=pl.col("ban") | (pl.col("own") & pl.col("off")),
        )
        least = pl.col("key4") // 4
        normal = (pl.col("base") == least) | (trade & (pl.col("base") <= law.nil))
        read = read.with_columns(
            duty=pl.when(trade & (least <= law.nil)).then(0).otherwise(least),
            pick=pl.when(normal).then(0).otherwise((pl.col("key4") & 3).cast(pl.Int32)),
            shut=pl.col("barred") | (pl.col("key4") == NEVER * 4),
        )
        picked = pl.when(pl.col("pick") == 0).then("base").otherwise(least)
        relieved = trade & (picked > 0) & (picked <= law.nil)
        read = read.with_columns(taxed=self._levied_if(_excise(pl.col("v") + pl.col("duty"))))
        vat = (2 * (pl.col("v") + pl.col("duty") + pl.col("taxed").fill_null(0)) * pl.col("vat") + 100) // 200
        place = pl.col("kind") * (law.wide.slots + 1) + pl.col("pick")
        asked = ~pl.col("barred") & (pl.col("proof") != law.wide.treatments.index("none")) & pl.col("some")
        return read.with_columns(tax=self._levied_if(vat)).select(
            self._answer(
                regime=pl.when(~pl.col("shut")).then(pl.when(trade).then(4).otherwise(1)),
                treatment=pl.lit(self.named).gather(place),
                status=pl.when(~pl.col("shut")).then(OPEN).when(asked).then(CONDITIONAL).otherwise(CLOSED),
                at_least=pl.col("taxed").is_null() | pl.col("more"),
                duties=pl.col("duty"),
                taxes=pl.col("taxed").fill_null(0) + pl.col("tax"),
                row=pl.when(relieved)
                .then(pl.lit(law.rows["duty"], pl.Int32))
                .otherwise(pl.lit(self.rows).gather(place)),
            )
        )

    def _levied_if(self, tax: pl.Expr) -> pl.Expr:
        """A tax of an ordinary import is levied above the least that is."""
        return pl.when(~pl.col("own") & (tax <= self.law.nil)).then(0).otherwise(tax)

    def _answer(self, **found: pl.Expr) -> list[pl.Expr]:
        """The columns of an answer; where nothing is open, only the status."""
        charges = found["duties"] + found["taxes"]
        money = {name: found[name] for name in ("duties", "taxes")}
        money |= {"fees": pl.lit(0, pl.Int64), "charges": charges, "landed": pl.col("v") + charges, "row": found["row"]}
        here = ~pl.col("shut")
        return [
            pl.col("rid"),
            found["regime"].cast(pl.UInt8).cat.to(REGIMES).alias("regime"),
            pl.when(here).then(found["treatment"]).alias("treatment"),
            found["status"].cast(pl.UInt8).cat.to(STATUSES).alias("status"),
            (here & found["at_least"]).alias("at_least"),
            *(pl.when(here).then(each).alias(name) for name, each in money.items()),
        ]


def _reached(tax: str) -> pl.Expr:
    """Whether the value of a unit reaches that of the higher class."""
    value = 1000 * pl.col("v")
    by_gram, by_item = (pl.col(f"{tax}_{unit}") for unit in ("gram", "item"))
    return (value >= by_gram * pl.col("grams")) | (value >= by_item * pl.col("items"))


def _rated() -> list[pl.Expr]:
    """The consumption tax of the class by the value of a unit: `x` thousandths of the price, `y` of a fen a gram."""
    high = _reached("excise")
    return [
        pl.when(high).then("excise1").otherwise("excise0").alias("x"),
        pl.when(high).then("weight1").otherwise("weight0").alias("y"),
    ]


def _excise(base: pl.Expr, tenths: int = 10) -> pl.Expr:
    """The consumption tax, which is in its own base, half up to the fen; null where its rate is not known."""
    den = 10 * (1000 - pl.col("x"))
    weighed = (2 * pl.col("grams") * pl.col("y") * tenths + 10 * GRAMS) // (20 * GRAMS)
    return pl.when(pl.col("y") > 0).then(weighed).otherwise((2 * base * pl.col("x") * tenths + den) // (2 * den))
