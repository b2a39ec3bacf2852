"""store: rows only, no decisions: quotes, keys, answers given once, law kept by its hash, work on files. SQLite or PostgreSQL."""
