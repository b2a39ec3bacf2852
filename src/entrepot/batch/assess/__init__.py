"""Assesses the rows of tables: by the compiled loop (`compiled`), or one sale at a time (`one_by_one`)."""
