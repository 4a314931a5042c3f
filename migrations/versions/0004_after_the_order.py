"""What an inspection says of each lot or serial, charges for faster delivery that buyers answer, and expiry by index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATES = "state IN ('asked', 'offered', 'approved', 'refused', 'declined', 'withdrawn')"
FORMER_STATES = "state IN ('asked', 'approved', 'refused', 'withdrawn')"
OPEN = "state IN ('asked', 'offered')"
FORMERLY_OPEN = "state = 'asked'"


def upgrade() -> None:
    """Make room for them."""
    op.create_table(
        "goods_return_outcome_identity",
        sa.Column("outcome_id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_goods_return_outcome_identity_quantity")),
        sa.ForeignKeyConstraint(
            ["identity_id"],
            ["identity.id"],
            name=op.f("fk_goods_return_outcome_identity_identity_id_identity"),
        ),
        sa.ForeignKeyConstraint(
            ["outcome_id"],
            ["goods_return_outcome.id"],
            name=op.f("fk_goods_return_outcome_identity_outcome_id_goods_return_outcome"),
        ),
        sa.PrimaryKeyConstraint("outcome_id", "identity_id", name=op.f("pk_goods_return_outcome_identity")),
    )
    op.create_index(
        "ix_goods_return_outcome_identity_identity", "goods_return_outcome_identity", ["identity_id"]
    )
    op.create_index(
        "ix_identity_expires",
        "identity",
        ["expires_on"],
        postgresql_where=sa.text("expires_on IS NOT NULL"),
        sqlite_where=sa.text("expires_on IS NOT NULL"),
    )
    op.drop_index("uq_expedite_request_open", table_name="expedite_request")
    with op.batch_alter_table("expedite_request") as table:
        table.add_column(sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("answered_by_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_expedite_request_answered_by_id_user_account"),
            "user_account",
            ["answered_by_id"],
            ["id"],
        )
        table.drop_constraint(op.f("ck_expedite_request_state"), type_="check")
        table.create_check_constraint(op.f("ck_expedite_request_state"), STATES)
        table.create_check_constraint(
            op.f("ck_expedite_request_offered"),
            "state <> 'offered' OR (answer_by IS NOT NULL AND service_id IS NOT NULL AND charge_minor > 0)",
        )
    _index_open(OPEN)


def downgrade() -> None:
    """Take them away; offers without an answer, and those declined, become requests that we refused."""
    op.drop_index("uq_expedite_request_open", table_name="expedite_request")
    op.execute("UPDATE expedite_request SET state = 'refused' WHERE state IN ('offered', 'declined')")
    with op.batch_alter_table("expedite_request") as table:
        table.drop_constraint(op.f("ck_expedite_request_offered"), type_="check")
        table.drop_constraint(op.f("ck_expedite_request_state"), type_="check")
        table.create_check_constraint(op.f("ck_expedite_request_state"), FORMER_STATES)
        table.drop_constraint(op.f("fk_expedite_request_answered_by_id_user_account"), type_="foreignkey")
        for name in ("answered_by_id", "answered_at", "answer_by"):
            table.drop_column(name)
    _index_open(FORMERLY_OPEN)
    op.drop_index("ix_identity_expires", table_name="identity")
    op.drop_table("goods_return_outcome_identity")


def _index_open(where: str) -> None:
    """A part has one open request at most."""
    op.create_index(
        "uq_expedite_request_open",
        "expedite_request",
        ["part_id"],
        unique=True,
        postgresql_where=sa.text(where),
        sqlite_where=sa.text(where),
    )
