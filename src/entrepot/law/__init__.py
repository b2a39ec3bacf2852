"""pack: files become arrays: read, check, compile, as of a day. The engine's only reader of law."""
