"""Verify a ledger, and compute again what is computed from its events. Pure."""
