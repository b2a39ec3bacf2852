"""As in entrepot-oscar."""

from __future__ import annotations

from entrepot_oscar.checkout.session import CheckoutSessionMixin

__all__ = ["CheckoutSessionMixin"]
