"""Stored quotes, idempotency and group commit."""
