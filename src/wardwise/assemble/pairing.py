"""Whether an inbox and a log belong together: the log knows up to where it has read the inbox, and what it read there.

What comes into an inbox that is older than its log, or another log's, gets numbers that the log has passed already: it
would be acknowledged and never read. So nobody writes to such an inbox until somebody has put the right files there.
"""

from wardwise.loop.capture.inbox import INTAKE
from wardwise.loop.capture.log import Log
from wardwise.stores.sql.inbox import SqlInbox

REMEDY = "Stop the service, and put back the newer inbox.db, or inbox.db and events.db of one backup."


def misfit(inbox: SqlInbox, log: Log, site: str) -> str:
    """Why the inbox is not the one that a site's log has read, in a few words; empty where it is."""
    read = log.offset(site, INTAKE)
    if not read:
        return ""
    ends = inbox.last_sequence
    if read > ends:
        return f"the inbox ends at {ends} and the log has read it up to {read}: it is an older copy"
    raw = inbox.raw_at(read)
    if raw is None or log.disposition(site, raw) is None:
        return f"the inbox is another log's: this log does not know its receipt {read}"
    return ""
