"""The platform side of LTI 1.3 Advantage: launches, deep linking, grades and rosters, for the course tools of sellers.

Values and checks only: requests are read by `web.services`, rows and the ledger are composed in `trade_app.services`.
"""
