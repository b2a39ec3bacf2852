"""Assets with a calendar, and bookings of their times. Pure: zones of time are arguments."""
