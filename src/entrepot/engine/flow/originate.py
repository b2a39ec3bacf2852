"""originate: which tariff treatments may each line claim?"""

from __future__ import annotations

from dataclasses import dataclass, field

from entrepot.engine.case import Case, CaseLine, Claim
from entrepot.engine.rules.reasons import reason
from entrepot.law.compiled import Law, Memo


@dataclass(slots=True)
class _Derived:
    """What this step caches with a law: claims, and whether the proof is none of theirs.

    By the origin, the proof of origin, and the last two arguments of `_claims_of_law`.
    """

    claims: Memo[tuple[str, str | None, bool, bool], tuple[list[Claim], bool]] = field(default_factory=Memo)


def originate(case: Case) -> list[list[Claim]]:
    """For each line its treatments by origin: MFN (or general) first, then agreements, then programmes.

    Whether a proof of origin is waived depends on the value: `choose.claim_status` decides that.
    """
    return [_claims(case, line) for line in case.lines] if case.of == "goods" else [[] for _ in case.lines]


def _claims(case: Case, line: CaseLine) -> list[Claim]:
    """The claims of a line. Cached with the law, by all that decides them: nobody may change them."""
    proof = line.sale_line.proof_of_origin
    straight = case.sale.ship_from.country == line.origin or "direct_consignment" in case.sale.asserted
    # Where the caller gives the duty, no treatment can change it.
    treatments = "duty" not in line.rates
    memo, key = case.law.derived(_Derived).claims, (line.origin, proof, straight, treatments)
    known = memo.get(key)
    claims, unmatched = memo.store(key, _claims_of_law(case.law, *key)) if known is None else known
    if unmatched:
        case.reasons.append(
            reason("proof.other", f"{line.param}.proof_of_origin", proof=str(proof), origin=line.origin)
        )
    return claims


def _claims_of_law(
    law: Law, origin: str, proof: str | None, straight: bool, treatments: bool
) -> tuple[list[Claim], bool]:
    """The claims of goods of an origin, and whether the proof that they have is none of a treatment for it.

    `straight`: whether they are consigned directly; `treatments`: whether they may claim more than MFN (or general).
    """
    base = "general" if law.normal and origin not in law.normal else "mfn"
    if not treatments:
        proof = None
    claims = [Claim(base, base, law.by_name.get(f"tariff:{base}", -1), None, "", "")]
    matched = False
    for treatment in law.treatments if treatments else ():
        if origin not in treatment.members:
            continue
        named = proof is not None and (proof == treatment.id or proof in treatment.proofs)
        matched = matched or named
        state = "passed" if named or not treatment.proofs else "failed" if proof == "none" else "asked"
        direct = "" if not treatment.direct else "passed" if straight else "asked"
        claims.append(Claim(treatment.id, treatment.title, treatment.column, treatment, state, direct))
    return claims, proof not in (None, "none") and not matched
