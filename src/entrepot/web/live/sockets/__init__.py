"""The socket process: one process with one thread of Python for WebSockets, beside the server.

`python -m entrepot.web.site.sockets` runs it; `entrepot serve` starts it. A connection says who it is with a token in
its first message, joins one room, and is closed when its grant ends. Which rooms there are is in `room_types`; a room
type says how a room is opened (`rooms`), and `hub` keeps the rooms that are open.
"""
