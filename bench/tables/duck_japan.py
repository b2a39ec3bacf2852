"""The assessment of imports into Japan as DuckDB SQL: truncations in whole numbers, no floats, no windows.

`vo` is the customs value of the ordinary import, `vp` that of the import for personal use; the other columns that end
in `_o` and `_p` likewise. Duty and taxes are in hundreds of yen, to which the law truncates them. What would take many
CASEs is packed into one number, so that `least` chooses with all that belongs to it:

    a duty and its treatment     16 * yen + place of the treatment
    a way in                     total << 25 | personal << 24 | duty << 4 | place of the treatment, or of the relief

Slower were: CASEs in place of the packed numbers; a branch for each kind of buyer; all treatments one below the other;
the few mixed rates side by side; a row of `cases` for each line and group of origins.
"""

from __future__ import annotations

from japan import Japan
from wide_tables import lines_of

RELIEVED, OWN_RELIEVED = 14, 15  # places after those of the treatments


def sql(law: Japan) -> str:
    """The query over `sales` and the tables of law. An answer carries the number of its sale, `rid`."""
    return f"""WITH mixed AS ({_sales(law, "NOT plain")})
{_answered(law, f"SELECT *, {_keys(law)} FROM ({_sales(law, 'plain')})")}
UNION ALL
{_answered(law, f"SELECT * FROM mixed LEFT JOIN ({_mixed(law)}) USING (rid)")}"""


def places(law: Japan) -> list[tuple[str, str, str, str]]:
    """What a place of a kind stands for, as SQL over `cases`: the place, the treatment, the row of law, and where."""
    found = [(f"{j}", f"t{j}", f"row{j}", f"t{j} IS NOT NULL") for j in range(law.wide.slots + 1)]
    relieved = ((RELIEVED, law.relief_row), (OWN_RELIEVED, law.own_relief_row))
    return found + [(f"{place}", "t0", f"{row}", "true") for place, row in relieved]


def prepared(law: Japan) -> str:
    """The statement that makes the table `named` of those places."""
    each = [
        f'SELECT kind * 16 + {place} AS place, {treatment} AS treatment, {row}::INTEGER AS "row" FROM cases'
        f" WHERE {where}"
        for place, treatment, row, where in places(law)
    ]
    return (
        f"CREATE TABLE named AS SELECT -1 AS place, NULL AS treatment, NULL AS row UNION ALL {' UNION ALL '.join(each)}"
    )


def _sales(law: Japan, where: str) -> str:
    return f"""SELECT * FROM (
    SELECT rid, buyer_kind, amount::INTEGER AS vo, (6 * amount::INTEGER + 5) // 10 AS vp, proof_of_origin AS proof,
      (net_mass_kg * 1000)::INTEGER AS grams, items, grp * {len(law.wide.codes)} + enum_code(hs_code)::INTEGER AS key
    FROM sales JOIN origins USING (country_of_origin)) JOIN keys USING (key) JOIN cases USING (kind) WHERE {where}"""


def _keys(law: Japan) -> str:
    """Of goods of which every treatment is a percentage the MFN duty, and the least open one with whose it is."""
    return ", ".join(f"{_duty(law, way, 0)} AS base_{way}, {_least(law, way)} AS key_{way}" for way in "op")


def _duty(law: Japan, way: str, j: int) -> str:
    """The duty in whole yen, of the customs value truncated to 1,000 yen."""
    per = law.wide.scale // 1000
    return f"(v{way} // 1000 * num{j}{f' // {per}' if per > 1 else ''})"


def _least(law: Japan, way: str) -> str:
    rest = [
        f"CASE WHEN proof = t{j} OR v{way} <= w{j} THEN {_duty(law, way, j)} * 16 + {j} END"
        for j in range(1, law.wide.slots + 1)
    ]
    alone = f"{_duty(law, way, 0)} * 16"
    return f"CASE WHEN width = 0 THEN {alone} ELSE least({alone}, {', '.join(rest)}) END"


def _mixed(law: Japan) -> str:
    """The same of goods of which some treatment is no percentage: its treatments one below the other."""
    each = "v{way} // 1000 * 1000 * v{p} + grams * g{p} + items * i{p} + f{p}"
    found = {}
    for way in "op":
        least = [", ".join(each.format(way=way, p=p) for p in lines) for lines in lines_of(law.wide.shape)]
        found[way] = f"greatest({', '.join(f'least({parts})' for parts in least)}, 0) // den"
    duties = ", ".join(
        f"{duty} AS yen_{way}, slot = 0 OR proof = t OR v{way} <= w AS open_{way}" for way, duty in found.items()
    )
    keys = ", ".join(
        f"min(CASE WHEN slot = 0 THEN yen_{way} END) AS base_{way},"
        f" min(CASE WHEN open_{way} THEN yen_{way} * 16 + slot END) AS key_{way}"
        for way in "op"
    )
    return f"""SELECT rid, {keys} FROM (
      SELECT rid, slot, {duties} FROM mixed JOIN claims USING (kind) JOIN rates USING (rate)) GROUP BY rid"""


def _answered(law: Japan, source: str) -> str:
    """The answers to sales that have their least duties."""
    duties = ", ".join(f"key_{way} // 1600 AS duty_{way}" for way in "op")
    taxes = ", ".join(f"(v{way} + 100 * duty_{way}) // 1000 * vat // 1000 AS tax_{way}" for way in "op")
    return f"""{_answer(law)} FROM (
  SELECT *, coalesce(kind * 16 + (best & 15)::INTEGER, -1) AS place FROM (
  SELECT *, least({_packed(law, "o")}, {_packed(law, "p")}) AS best FROM (
  SELECT *, {taxes} FROM (
  SELECT *, {duties} FROM ({source}))))) JOIN named USING (place)"""


def _packed(law: Japan, way: str) -> str:
    """A way with what it costs in all: nothing where it is relieved; MFN where the consignment pays no more with it."""
    limit, nil, mine = (law.relief, RELIEVED, 0) if way == "o" else (law.own_relief, 1 << 24 | OWN_RELIEVED, 1 << 24)
    place = f"CASE WHEN base_{way} // 100 <= duty_{way} THEN 0 ELSE key_{way} & 15 END"
    total = f"duty_{way} + tax_{way} + tax_{way} * 11 // 39"
    whole = f"((({total})::BIGINT << 25) + {mine} + (duty_{way}::BIGINT << 4) + {place})"
    found = f"CASE WHEN vo <= {limit} AND NOT excluded THEN {nil} ELSE {whole} END"
    return f"CASE WHEN buyer_kind = 'consumer' THEN {found} END" if mine else found


def _answer(law: Japan) -> str:
    some = ", ".join(f"rate{j}" for j in range(1, law.wide.slots + 1)) or "NULL"
    duty, total = "(best >> 4 & 1048575)", "(best >> 25)"
    fees = "CASE WHEN best IS NOT NULL THEN coalesce((rice * grams + 500) // 1000, 0) END"
    return f"""SELECT rid,
  CASE WHEN best & {1 << 24} > 0 THEN 'personal_use'::regime
       WHEN best IS NOT NULL THEN 'ordinary'::regime END AS regime,
  treatment,
  CASE WHEN best IS NOT NULL THEN 'open'::status WHEN proof IS DISTINCT FROM 'none' AND coalesce({some}) IS NOT NULL
       THEN 'conditional'::status ELSE 'closed'::status END AS status,
  unread AND best IS NOT NULL AS at_least,
  100 * {duty} AS duties, 100 * ({total} - {duty}) AS taxes, {fees} AS fees,
  100 * {total} + {fees} AS charges, vo + 100 * {total} + {fees} AS landed, named.row AS row"""
