"""Read official schedule files into dated tariff rows, one module for each format, and install them as layers."""
