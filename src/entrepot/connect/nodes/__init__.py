"""Nodes of other economies over HTTP: signed descriptions, signed requests and responses, and the transport."""
