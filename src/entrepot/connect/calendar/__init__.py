"""Calendars of assets in open formats: iCalendar (RFC 5545) with availability (RFC 7953), and CalDAV (RFC 4791)."""
