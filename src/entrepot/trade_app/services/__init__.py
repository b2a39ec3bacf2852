"""The delivery of services by this node: what an organization can do with a delivery, for the pages and the API."""
