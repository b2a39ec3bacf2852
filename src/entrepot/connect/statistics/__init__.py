"""Files of statistics: SDMX that others read."""
