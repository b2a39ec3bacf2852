"""Find goods by words in any language, or by the beginning of a code."""
