"""Database rows, without decisions: quotes, idempotency keys, API keys, law by its hash, jobs. SQLite or PostgreSQL.

Other packages call the functions of these modules. Only the administration site imports `models` itself.
"""
