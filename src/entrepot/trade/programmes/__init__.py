"""Programmes of cooperation between economies: what they are for, and what the ledger says of their goals."""
