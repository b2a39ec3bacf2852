"""Webhooks: signed requests to addresses that organizations give, which may be anything."""
