"""Table files in and out."""
