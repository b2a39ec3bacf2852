"""What the pages of people need beside rows: limits on attempts, signed links, two-factor authentication, e-mails."""
