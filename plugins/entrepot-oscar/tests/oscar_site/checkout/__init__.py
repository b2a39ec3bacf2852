"""The checkout of the shop, derived from that of entrepot-oscar."""
