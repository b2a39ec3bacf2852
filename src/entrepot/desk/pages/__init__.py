"""pages: what people see. Each works without script, and each has an address that can be shared: `/vi/…` speaks Vietnamese."""
