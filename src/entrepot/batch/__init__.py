"""fleet: the same road over millions of lines, Arrow in and Arrow out."""
