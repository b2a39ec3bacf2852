"""Composition of trade: the books in the database, the quotes, and the counterparts that the settings name."""
