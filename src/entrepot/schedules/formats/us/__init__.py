"""The Harmonized Tariff Schedule of the United States."""
