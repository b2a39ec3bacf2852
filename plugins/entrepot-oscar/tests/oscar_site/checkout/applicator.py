"""As in entrepot-oscar."""

from __future__ import annotations

from entrepot_oscar.checkout.applicator import SurchargeApplicator

__all__ = ["SurchargeApplicator"]
