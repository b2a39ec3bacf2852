"""Tariffs from WITS (World Bank) and TRAINS (UNCTAD)."""
