"""Shapes of the API's answers about law."""
