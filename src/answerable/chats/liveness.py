"""Whether an answer that is being given still is: its row shows a sign of life, or whoever gave it is dead."""

from answerable.storage.messages import MessageRow, Status

SILENT_US = 10_000_000
"""After so many microseconds without a sign of life an answer is shown as interrupted; the journal writes one at least
every two seconds.
"""


def status_now(row: MessageRow, now_us: int) -> Status:
    """The status to show: `streaming` only while somebody streams."""
    is_silent = row.status == "streaming" and row.updated_at < now_us - SILENT_US
    return "interrupted" if is_silent else row.status
