"""What the rows of a table have in common, prepared for the compiled loop."""
