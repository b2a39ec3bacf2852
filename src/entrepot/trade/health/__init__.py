"""Telemedicine without I/O: the intake, the consent, the encounter, the signed note, and how long all is kept."""
