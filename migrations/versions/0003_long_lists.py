"""Indexes by which the lists of receipts and transfers are paged."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_inbound_receipt_due", "inbound_receipt", ["expected_on", "id"], "closed_at IS NULL"),
    ("ix_inbound_receipt_closed", "inbound_receipt", ["closed_at", "id"], "closed_at IS NOT NULL"),
    ("ix_transfer_expected", "transfer", ["expected_on", "id"], "arrived_at IS NULL"),
    ("ix_transfer_arrived", "transfer", ["arrived_at", "id"], "arrived_at IS NOT NULL"),
)


def upgrade() -> None:
    """Make them."""
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def downgrade() -> None:
    """Take them away."""
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
