"""Trade after the quote: offers, orders, payment, match, declaration, delivery, return, and the ledger. Pure."""
