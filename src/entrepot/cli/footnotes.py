def footnotes(s): return []
