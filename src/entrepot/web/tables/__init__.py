"""Uploaded tables and the worker that answers them."""
