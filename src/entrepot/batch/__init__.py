"""Quotes for tables of millions of rows, Arrow in and Arrow out."""
