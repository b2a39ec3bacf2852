"""The books in the database: implements `entrepot.trade.ports` with the rows of `store.ledger_models`."""
