"""duck_japan: the assessment of imports into Japan as DuckDB SQL: truncations in whole numbers, no floats, no windows.

`vo` is the customs value of the ordinary import, `vp` that of the import for personal use; the other columns that end
in `_o` and `_p` likewise. Duty and taxes are in hundreds of yen, to which the law truncates them. What would take many
CASEs is packed into one number, so that `least` chooses with all that belongs to it:

    a duty and its treatment     8 * yen + place of the treatment
    a way in                     total << 24 | personal << 23 | duty << 3 | place of the treatment, 7 where relieved

Slower were: CASEs in place of the packed numbers; one branch for both kinds of buyer; and the other way round, the
percentages too one below the other, or the few mixed rates side by side.
"""

from __future__ import annotations

from japan import Japan
from wide import lines_of


def sql(law: Japan) -> str:
    """The query over `sales` and the tables of law. An answer carries the number of its sale, `rid`."""
    trade, own = (_sales(law, f"plain AND buyer_kind = '{kind}'") for kind in ("business", "consumer"))
    return f"""WITH mixed AS ({_sales(law, "NOT plain")})
{_answered(law, f"SELECT *, {_keys(law, 'o')} FROM ({trade})", "o")}
UNION ALL
{_answered(law, f"SELECT *, {_keys(law, 'op')} FROM ({own})", "op")}
UNION ALL
{_answered(law, f"SELECT * FROM mixed LEFT JOIN ({_mixed(law)}) USING (rid)", "op")}"""


def _sales(law: Japan, where: str) -> str:
    return f"""SELECT * FROM (
    SELECT rid, buyer_kind, amount::INTEGER AS vo, (6 * amount::INTEGER + 5) // 10 AS vp, proof_of_origin AS proof,
      (net_mass_kg * 1000)::INTEGER AS grams, items, grp * {len(law.wide.codes)} + enum_code(hs_code)::INTEGER AS key
    FROM sales JOIN origins USING (country_of_origin)) JOIN keys USING (key) JOIN cases USING (kind) WHERE {where}"""


def _keys(law: Japan, ways: str) -> str:
    """Of goods of which every treatment is a percentage the MFN duty, and the least open one with whose it is."""
    return ", ".join(f"{_duty(law, way, 0)} AS base_{way}, {_least(law, way)} AS key_{way}" for way in ways)


def _duty(law: Japan, way: str, j: int) -> str:
    """The duty in whole yen, of the customs value truncated to 1,000 yen."""
    per = law.wide.scale // 1000
    return f"(v{way} // 1000 * num{j}{f' // {per}' if per > 1 else ''})"


def _least(law: Japan, way: str) -> str:
    rest = [
        f"CASE WHEN proof = t{j} OR v{way} <= w{j} THEN {_duty(law, way, j)} * 8 + {j} END"
        for j in range(1, law.wide.slots + 1)
    ]
    alone = f"{_duty(law, way, 0)} * 8"
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
        f" min(CASE WHEN open_{way} THEN yen_{way} * 8 + slot END) AS key_{way}"
        for way in "op"
    )
    return f"""SELECT rid, {keys} FROM (
      SELECT rid, slot, {duties} FROM mixed JOIN claims USING (kind) JOIN rates USING (rate)) GROUP BY rid"""


def _answered(law: Japan, source: str, ways: str) -> str:
    """The answers to sales that have their least duties."""
    duties = ", ".join(f"key_{way} // 800 AS duty_{way}" for way in ways)
    taxes = ", ".join(f"(v{way} + 100 * duty_{way}) // 1000 * vat // 1000 AS tax_{way}" for way in ways)
    best = ", ".join(_packed(law, way) for way in ways)
    return f"""{_answer(law)} FROM (
  SELECT *, {f"least({best})" if len(ways) > 1 else best} AS best FROM (
  SELECT *, {taxes} FROM (
  SELECT *, {duties} FROM ({source}))))"""


def _packed(law: Japan, way: str) -> str:
    """A way with what it costs in all: nothing where it is relieved; MFN where the consignment pays no more with it."""
    limit, mine = (law.relief, 0) if way == "o" else (law.own_relief, 1)
    place = f"CASE WHEN base_{way} // 100 <= duty_{way} THEN 0 ELSE key_{way} & 7 END"
    total = f"duty_{way} + tax_{way} + tax_{way} * 11 // 39"
    whole = f"((({total})::BIGINT << 24) + {mine << 23} + (duty_{way}::BIGINT << 3) + {place})"
    found = f"CASE WHEN vo <= {limit} AND NOT excluded THEN {mine << 23 | 7} ELSE {whole} END"
    return f"CASE WHEN buyer_kind = 'consumer' THEN {found} END" if mine else found


def _answer(law: Japan) -> str:
    slots = range(law.wide.slots + 1)
    treatment = " ".join(f"WHEN {j} THEN t{j}" for j in slots)
    row = " ".join(f"WHEN {j} THEN row{j}" for j in slots)
    some = ", ".join(f"rate{j}" for j in slots if j) or "NULL"
    relief = f"CASE WHEN best >> 23 & 1 = 1 THEN {law.own_relief_row} ELSE {law.relief_row} END"
    duty, fees = (
        "(best >> 3 & 1048575)",
        "CASE WHEN best IS NOT NULL THEN coalesce((rice * grams + 500) // 1000, 0) END",
    )
    return f"""SELECT rid,
  CASE WHEN best >> 23 & 1 = 1 THEN 'personal_use'::regime WHEN best IS NOT NULL THEN 'ordinary'::regime END AS regime,
  CASE best & 7 {treatment} WHEN 7 THEN t0 END AS treatment,
  CASE WHEN best IS NOT NULL THEN 'open'::status WHEN proof IS DISTINCT FROM 'none' AND coalesce({some}) IS NOT NULL
       THEN 'conditional'::status ELSE 'closed'::status END AS status,
  unread AND best IS NOT NULL AS at_least,
  100 * {duty} AS duties, 100 * ((best >> 24) - {duty}) AS taxes, {fees} AS fees,
  100 * (best >> 24) + {fees} AS charges, vo + 100 * (best >> 24) + {fees} AS landed,
  CASE best & 7 {row} WHEN 7 THEN {relief} END AS "row\""""
