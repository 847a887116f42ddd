"""${message}: runs on SQLite and on Postgres (CONTRIBUTING.md, "Change the tables")."""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Do it."""


def downgrade() -> None:
    """Undo it."""
