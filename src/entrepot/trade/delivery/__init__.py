"""The delivery of digital services: from the paid line of an order to grants, sessions, evidence and acceptance."""
