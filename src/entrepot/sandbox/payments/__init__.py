"""The sandbox of a payment company: authorisations, captures, refunds, disputes, payouts. It moves no money."""
