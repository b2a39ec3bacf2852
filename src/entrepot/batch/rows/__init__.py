"""Reads the columns and cells of a table as sales, and writes answers as columns."""
