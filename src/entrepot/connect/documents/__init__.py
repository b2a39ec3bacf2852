"""Documents in the formats of others: HTML and PDF/A-3, UBL 2.1, and W3C verifiable credentials."""
