"""The background worker: a process of its own that sends the outbox, runs jobs and does what is due at times."""
