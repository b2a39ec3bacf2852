"""Goods by words and by code."""
