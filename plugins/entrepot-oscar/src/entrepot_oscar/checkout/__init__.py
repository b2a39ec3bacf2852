"""Oscar's checkout with the landed price: put its configuration in place of Oscar's in INSTALLED_APPS.

A shop with a checkout of its own derives its classes from those here, which derive from Oscar's.
"""
