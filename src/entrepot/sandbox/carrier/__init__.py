"""The sandbox of a carrier: waybills, pick-up, tracking, delivery, failed attempts, return to the sender.

It moves nothing. Its interface is its own; `entrepot.connect.carrier.sandbox` is the node's side of it.
"""
