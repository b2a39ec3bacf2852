"""pages: what people see. Each works without script and has an address to share: `/vi/…` speaks Vietnamese."""
