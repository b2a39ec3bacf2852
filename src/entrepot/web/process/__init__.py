"""What each server process does for itself: metrics, logs, health, the reloading of law, the watch of its parent."""
