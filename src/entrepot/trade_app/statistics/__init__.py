"""Statistics of digital trade: from the books of this node to tables, files, the mirror and rankings."""
