"""The reference of the API for people, `/docs`, rendered from its OpenAPI document; and the JavaScript client."""
