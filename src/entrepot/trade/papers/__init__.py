"""Documents of an order: what each says, what it lacks, and whether it agrees with the others."""
