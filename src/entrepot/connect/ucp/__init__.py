"""The Universal Commerce Protocol (UCP), v2026-08-25: its JSON, from and to what the node knows of a checkout."""
