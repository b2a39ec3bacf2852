"""Live updates of pages: server-sent events that say what changed in the ledger for an organization."""
