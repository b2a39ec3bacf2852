"""`/v1/offers`, `/v1/orders` … : trade for the organization of the API key. Objects of others are a 404."""
