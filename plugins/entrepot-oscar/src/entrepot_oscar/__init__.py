"""Sells from a django-oscar shop across borders, with an Entrepot node.

The checkout shows duties and taxes, the order is handed over to the node after the payment, and its states, parcels
and refunds are followed. Of Entrepot it imports `entrepot.client` only.
"""
