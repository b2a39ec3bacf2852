"""What law and agreements allow between two economies and their nodes. Pure: the day is an argument."""
