"""Law packs: read, check and compile their files, apply layers, and look up what is in force on a day."""
