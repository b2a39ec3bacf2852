"""schedule: official schedule files become dated tariff rows, one module for each format."""
