"""Collections belong to a workspace; those that are there belong to the first one."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column."""

    op.add_column("collections", sa.Column("workspace", sa.String(length=64), nullable=False, server_default="default"))


def downgrade() -> None:
    """Drop it."""

    op.drop_column("collections", "workspace")
