"""Answers are found by their request, as a mark of the plain API does."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the index; what was said by people or imported has no request."""
    asked = sa.text("request_id <> ''")
    op.create_index("messages_by_request", "messages", ["request_id"], sqlite_where=asked, postgresql_where=asked)


def downgrade() -> None:
    """Drop it."""
    op.drop_index("messages_by_request", "messages")
