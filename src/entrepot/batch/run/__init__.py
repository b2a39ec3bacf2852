"""Whole tables: files, streams, jobs, Spark."""
