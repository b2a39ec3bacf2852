"""Nodes of other economies: whom this node has met, what is open to each, and the messages between them. Pure."""
