"""Why a session of a visit ends, and the close codes that only a visit has."""

from __future__ import annotations

from entrepot.web.live.sockets.closing import Closing

#: Why a session ended, as the ledger has it: a side left; the connection was lost and did not come back; the grant
#: ended or was revoked, or a consent was withdrawn; the socket process was away, and nobody came back.
LEFT = {"buyer": "left_by_buyer", "provider": "left_by_provider"}
LOST, REVOKED, INTERRUPTED = "connection_lost", "access_ended", "interrupted"
REASONS = (*LEFT.values(), LOST, REVOKED, INTERRUPTED)

LEAVING = Closing(1000, "The visit was left.")
ELSEWHERE = Closing(4411, "The visit is open in another window.")
REPLACED = Closing(4412, "The same window connected again.")
