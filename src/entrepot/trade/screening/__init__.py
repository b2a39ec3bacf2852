"""What the ledger keeps of screening: the lists in use, the result for each order, who cleared it and why."""
