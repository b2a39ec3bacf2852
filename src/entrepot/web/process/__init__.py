"""What each server process has of its own: metrics, logs, its time zone, the reloading of law."""
