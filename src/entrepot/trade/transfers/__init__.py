"""Personal data that leave an economy: under what they may, how many persons they concern, and what left. Pure."""
