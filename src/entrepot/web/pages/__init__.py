"""The web pages. Each works without JavaScript and has an address to share; `/vi/…` is in Vietnamese."""
