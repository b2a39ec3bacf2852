"""TURN: what a browser needs so that its media reach the other side through a relay."""
