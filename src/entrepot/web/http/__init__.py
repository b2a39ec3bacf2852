"""Requests and responses: middleware, language, errors, API keys, rate limit."""
