"""Payments: their states, the commands, what a provider answers or notifies, payouts and statements. Pure."""
