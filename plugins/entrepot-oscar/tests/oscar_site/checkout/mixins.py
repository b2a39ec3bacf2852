"""As in entrepot-oscar."""

from __future__ import annotations

from entrepot_oscar.checkout.mixins import OrderPlacementMixin

__all__ = ["OrderPlacementMixin"]
