"""Create, store, read and check quotes; the Idempotency-Key."""
