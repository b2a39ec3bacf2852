"""Shipping of the shop: one price."""
