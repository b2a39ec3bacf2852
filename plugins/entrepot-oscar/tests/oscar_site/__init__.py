"""A shop of django-oscar for the tests: its own checkout, with a payment."""
