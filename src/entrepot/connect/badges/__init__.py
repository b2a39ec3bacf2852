"""Open Badges 3.0: credentials with a Data Integrity proof (eddsa-jcs-2022) and a Bitstring Status List."""
