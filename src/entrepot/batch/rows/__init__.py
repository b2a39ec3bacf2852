"""Columns and cells as sales, and answers as columns."""
