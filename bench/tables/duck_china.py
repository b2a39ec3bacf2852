"""The assessment of imports into China as DuckDB SQL, each procedure for the sales that it fits. Fen throughout."""

from __future__ import annotations

from china import GRAMS, China

READ = """SELECT rid, (amount * 100)::BIGINT AS v, items, (net_mass_kg * 1000)::BIGINT AS grams,
    proof_of_origin AS proof, grp * {lines} + enum_code(hs_code)::INTEGER AS key, {more}
    FROM sales JOIN origins USING (country_of_origin)"""
EXCISE = "(1000 * v >= excise_gram * grams OR 1000 * v >= excise_item * items)"
ARTICLES = "(1000 * v >= articles_gram * grams OR 1000 * v >= articles_item * items)"
ANSWER = ("regime", "treatment", "status", "at_least", "duties", "taxes", "fees", "charges", "landed", "row")


def sql(law: China) -> str:
    """The query over `sales`, `origins` and `cases`. An answer carries the number of its sale, `rid`."""
    return " UNION ALL ".join((_retail(law), _articles(law), _levied(law)))


def _read(law: China, where: str, more: str = "NULL AS nothing") -> str:
    return READ.format(lines=len(law.wide.codes), more=more) + f" WHERE {where}"


def _told(columns: dict[str, str], source: str) -> str:
    return "SELECT rid, " + ", ".join(f"{columns[name]} AS {name}" for name in ANSWER) + f" FROM ({source})"


def _excise(base: str, factor: str = "1") -> str:
    """The consumption tax, which is in its own base: half up to the fen; null where its rate is not known."""
    num, den = f"(({base}) * x * {factor})", f"((1000 - x) * {10 if factor != '1' else 1})"
    ten = 10 if factor != "1" else 1
    weighed = f"(2 * grams * y * {factor} + {GRAMS * ten}) // {2 * GRAMS * ten}"
    return f"CASE WHEN y > 0 THEN {weighed} WHEN x = 0 THEN 0 ELSE (2 * {num} + {den}) // (2 * {den}) END"


RATED = f"CASE WHEN {EXCISE} THEN excise1 ELSE excise0 END AS x, CASE WHEN {EXCISE} THEN weight1 ELSE weight0 END AS y"


def _retail(law: China) -> str:
    """Retail e-commerce within the limit, and what is above it and closed whatever the duty."""
    closed = f"off OR ban OR v > {law.single}"
    shop = "buyer_kind = 'consumer' AND channel = 'ecommerce'"
    fen, most = f"amount <= {law.single // 100}", f"amount <= {law.annual // 100}"
    source = f"""SELECT *, (2 * (v + whole) * vat * 7 + 1000) // 2000 AS tax FROM (
      SELECT *, {_excise("v", "7")} AS own, coalesce({_excise("v")}, 0) AS whole FROM (
      SELECT *, {RATED}, ({closed}) IS TRUE AS shut FROM (
      {_read(law, f"{shop} AND ({fen} OR items > 1 OR NOT {most})")}) JOIN keys USING (key) JOIN cases USING (kind)))"""
    open_ = {"taxes": "coalesce(own, 0) + tax", "charges": "coalesce(own, 0) + tax"}
    columns = {
        "regime": "CASE WHEN NOT shut THEN 'retail'::regime END",
        "treatment": "NULL::treatment",
        "status": "CASE WHEN shut THEN 'closed'::status ELSE 'open'::status END",
        "at_least": "NOT shut AND own IS NULL",
        "duties": "CASE WHEN NOT shut THEN 0 END",
        **{name: f"CASE WHEN NOT shut THEN {each} END" for name, each in open_.items()},
        "fees": "CASE WHEN NOT shut THEN 0 END",
        "landed": "CASE WHEN NOT shut THEN v + coalesce(own, 0) + tax END",
        "row": f"CASE WHEN NOT shut THEN {law.rows['retail']} END",
    }
    return _told(columns, source)


def _articles(law: China) -> str:
    """Personal articles: open within the limit, and above it one by one where customs accepts it."""
    source = f"""SELECT *, CASE WHEN tax > {law.nil} THEN tax ELSE 0 END AS owed FROM (
      SELECT *, (2 * v * CASE WHEN {ARTICLES} THEN articles1 ELSE articles0 END + 100) // 200 AS tax,
        CASE WHEN mail_ban OR (v > {law.parcel} AND items <> 1) THEN 2
             WHEN v > {law.parcel} AND NOT accepted THEN 1 ELSE 0 END AS state FROM (
      {_read(law, "buyer_kind = 'consumer' AND channel = 'personal'", "asserted IS NOT NULL AS accepted")}
      ) JOIN keys USING (key) JOIN cases USING (kind))"""
    regime = f"CASE WHEN v > {law.parcel} THEN 'personal_single'::regime ELSE 'personal'::regime END"
    row = f"""CASE WHEN tax BETWEEN 1 AND {law.nil} THEN {law.rows["articles_tax"]}
      WHEN {ARTICLES} THEN articles_row1 ELSE articles_row0 END"""
    columns = {
        "regime": f"CASE WHEN state = 0 THEN {regime} END",
        "treatment": "NULL::treatment",
        "status": "CASE state WHEN 0 THEN 'open'::status WHEN 1 THEN 'conditional'::status ELSE 'closed'::status END",
        "at_least": "false",
        "duties": "CASE WHEN state = 0 THEN owed END",
        "taxes": "CASE WHEN state = 0 THEN 0 END",
        "fees": "CASE WHEN state = 0 THEN 0 END",
        "charges": "CASE WHEN state = 0 THEN owed END",
        "landed": "CASE WHEN state = 0 THEN v + owed END",
        "row": f"CASE WHEN state = 0 THEN {row} END",
    }
    return _told(columns, source)


def _levied(law: China) -> str:
    """Ordinary import, and one item of retail e-commerce above the limit: duty, consumption tax, VAT."""
    least, scale = law.nil, law.wide.scale
    slots = range(law.wide.slots + 1)
    key = [f"((2 * v * num{j} + {scale}) // {2 * scale} * 8 + {j})" for j in slots]
    rest = "".join(f", CASE WHEN proof = t{j} OR v <= w{j} THEN {key[j]} END" for j in slots if j)
    one = f"""buyer_kind = 'business' OR (channel = 'ecommerce' AND items = 1
      AND amount > {law.single // 100} AND amount <= {law.annual // 100})"""
    source = f"""SELECT *, CASE WHEN trade AND full_tax <= {least} THEN 0 ELSE full_tax END AS tax FROM (
      SELECT *, (2 * (v + duty + coalesce(own, 0)) * vat + 100) // 200 AS full_tax FROM (
      SELECT *, CASE WHEN trade AND full_own <= {least} THEN 0 ELSE full_own END AS own FROM (
      SELECT *, {_excise("v + duty")} AS full_own FROM (
      SELECT *, CASE WHEN trade AND key // 8 <= {least} THEN 0 ELSE key // 8 END AS duty,
        CASE WHEN trade AND base <= {least} THEN 0 WHEN base = key // 8 THEN 0 ELSE key % 8 END AS pick,
        shut_out OR key IS NULL AS shut FROM (
      SELECT * EXCLUDE (key), least({key[0]}{rest}) AS key, {key[0]} // 8 AS base, {RATED},
        ban OR (NOT trade AND off) AS shut_out FROM (
      {_read(law, one, "buyer_kind = 'business' AS trade")}) JOIN keys USING (key) JOIN cases USING (kind))))))"""
    relieved = f"trade AND CASE WHEN pick = 0 THEN base ELSE key // 8 END BETWEEN 1 AND {least}"
    row = " ".join(f"WHEN {j} THEN row{j}" for j in slots)
    some = ", ".join(f"num{j}" for j in slots if j)
    taxes = "coalesce(own, 0) + tax"
    return _told(
        {
            "regime": """CASE WHEN shut THEN NULL WHEN trade THEN 'ordinary'::regime
              ELSE 'retail_above_limit'::regime END""",
            "treatment": f"CASE WHEN NOT shut THEN CASE pick {' '.join(f'WHEN {j} THEN t{j}' for j in slots)} END END",
            "status": f"""CASE WHEN NOT shut THEN 'open'::status WHEN NOT shut_out AND proof IS DISTINCT FROM 'none'
              AND coalesce({some}) IS NOT NULL THEN 'conditional'::status ELSE 'closed'::status END""",
            "at_least": "NOT shut AND (own IS NULL OR more)",
            "duties": "CASE WHEN NOT shut THEN duty END",
            "taxes": f"CASE WHEN NOT shut THEN {taxes} END",
            "fees": "CASE WHEN NOT shut THEN 0 END",
            "charges": f"CASE WHEN NOT shut THEN duty + {taxes} END",
            "landed": f"CASE WHEN NOT shut THEN v + duty + {taxes} END",
            "row": f"CASE WHEN shut THEN NULL WHEN {relieved} THEN {law.rows['duty']} ELSE CASE pick {row} END END",
        },
        source,
    )
