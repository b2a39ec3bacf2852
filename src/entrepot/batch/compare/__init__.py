"""A table under two laws."""
