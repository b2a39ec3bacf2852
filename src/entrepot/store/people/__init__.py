"""People, organizations, members and invitations: create, read and change their rows."""
