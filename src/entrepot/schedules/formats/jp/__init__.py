"""The import schedule of Japan."""
