"""Carriers: the node's side of each."""
