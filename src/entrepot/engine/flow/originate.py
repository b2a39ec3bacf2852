"""originate: which tariff treatments may each line claim?"""

from __future__ import annotations

from entrepot.engine.case import Case, CaseLine, Claim
from entrepot.engine.rules.reasons import reason


def originate(case: Case) -> list[list[Claim]]:
    """For each line its treatments by origin: MFN (or general) first, then agreements, then programmes.

    Whether a proof of origin is waived depends on the value: `choose.claim_status` decides that.
    """
    return [_claims(case, line) for line in case.lines] if case.of == "goods" else [[] for _ in case.lines]


def _claims(case: Case, line: CaseLine) -> list[Claim]:
    law, proof = case.law, line.sale_line.proof_of_origin
    base = "general" if law.normal and line.origin not in law.normal else "mfn"
    if "duty" in line.rates:
        proof = None  # the caller gives the duty: no treatment can change it
    claims = [Claim(base, base, law.by_name.get(f"tariff:{base}", -1), None, "", "")]
    matched = False
    for treatment in law.treatments if "duty" not in line.rates else ():
        if line.origin not in treatment.members:
            continue
        named = proof is not None and (proof == treatment.id or proof in treatment.proofs)
        matched = matched or named
        state = "passed" if named or not treatment.proofs else "failed" if proof == "none" else "asked"
        direct = ""
        if treatment.direct:
            straight = case.sale.ship_from.country == line.origin
            direct = "passed" if straight or "direct_consignment" in case.sale.asserted else "asked"
        claims.append(Claim(treatment.id, treatment.title, treatment.column, treatment, state, direct))
    if proof not in (None, "none") and not matched:
        case.reasons.append(
            reason("proof.other", f"{line.param}.proof_of_origin", proof=str(proof), origin=line.origin)
        )
    return claims
