"""Uploaded tables, the worker that calculates them, and the streaming of responses."""
