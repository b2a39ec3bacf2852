"""Counterparts for trials and tests, each a process of its own: a customs office, a payment provider, a carrier.

None of them is an authority or a company: what a sandbox releases, pays or delivers is released, paid or delivered
nowhere else.
"""
