"""The ledger: events in one order, their Merkle tree and checkpoints, and double entries. Pure."""
