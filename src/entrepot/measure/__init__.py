"""Statistics of digital trade: what the ledger knows of each sale, the template of the Handbook, and its comparison."""
