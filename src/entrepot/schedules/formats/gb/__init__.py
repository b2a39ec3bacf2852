"""The Trade Tariff of the United Kingdom."""
