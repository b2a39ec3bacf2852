"""What sales have in common, computed once: laws as arrays, plans for the compiled loops, numbers for texts."""
