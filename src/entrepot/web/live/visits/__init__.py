"""Video visits: the room of a visit in the socket process, which passes on what two browsers need to find each other.

Audio and video go from browser to browser, or through a TURN server, and never through this process. The room passes
on descriptions, candidates and lines of text, keeps none of them, and records when a session began and ended.
"""
