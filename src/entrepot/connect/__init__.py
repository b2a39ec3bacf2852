"""Adapters to outside sources of data."""
