"""store: rows only, no decisions: quotes, keys, law kept by its hash, work on files. SQLite or PostgreSQL."""
