"""The server: the HTTP API and the pages, in five languages. See `site.settings` and `site.urls`."""
