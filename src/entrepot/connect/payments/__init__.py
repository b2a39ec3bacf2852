"""Payment providers over HTTP, as `entrepot.trade.payments.provider` has them: Stripe, and the sandbox."""
