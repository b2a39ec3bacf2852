"""desk: the HTTP API and the pages, in five languages. `settings` says how it stands, `urls` where everything is."""
