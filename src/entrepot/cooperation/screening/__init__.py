"""Is a party on a list of sanctions? Three answers: hit, no hit, and not comparable.

Pure, except that the libraries of transliteration and of distances are loaded when they are needed (extra `server`).
"""
