"""Trade for the API and the pages: what an organization may read and do, and how it is shown."""
