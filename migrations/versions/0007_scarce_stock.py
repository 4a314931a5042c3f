"""Scarce stock: holds of baskets, lots meant for lines, the rule of dealing, alerts, mistakes on papers."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "transfer_cost",
    "stock_alert",
    "dealing_rule",
    "dealing",
    "allocation",
    "dealing_effect",
    "document_error",
)

GUARDS_OF_SQLITE = (
    "CREATE TRIGGER frozen_dealing_rule_update BEFORE UPDATE ON dealing_rule FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'dealing_rule is append-only'); END",
    "CREATE TRIGGER frozen_dealing_rule_delete BEFORE DELETE ON dealing_rule FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'dealing_rule is append-only'); END",
    "CREATE TRIGGER frozen_dealing_effect_update BEFORE UPDATE ON dealing_effect FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'dealing_effect is append-only'); END",
    "CREATE TRIGGER frozen_dealing_effect_delete BEFORE DELETE ON dealing_effect FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'dealing_effect is append-only'); END",
)

GUARDS_OF_POSTGRESQL = (
    "CREATE TRIGGER frozen_dealing_rule_update BEFORE UPDATE ON dealing_rule FOR EACH ROW EXECUTE FUNCTION refuse_change('dealing_rule is append-only')",
    "CREATE TRIGGER frozen_dealing_rule_delete BEFORE DELETE ON dealing_rule FOR EACH ROW EXECUTE FUNCTION refuse_change('dealing_rule is append-only')",
    "CREATE TRIGGER frozen_dealing_effect_update BEFORE UPDATE ON dealing_effect FOR EACH ROW EXECUTE FUNCTION refuse_change('dealing_effect is append-only')",
    "CREATE TRIGGER frozen_dealing_effect_delete BEFORE DELETE ON dealing_effect FOR EACH ROW EXECUTE FUNCTION refuse_change('dealing_effect is append-only')",
)


def upgrade() -> None:
    """Make the new tables, and widen the old ones."""
    guards = _without_guards()
    _make_tables()
    _widen()
    _with_guards(guards)
    lite = op.get_bind().dialect.name == "sqlite"
    _with_guards(GUARDS_OF_SQLITE if lite else GUARDS_OF_POSTGRESQL)


def downgrade() -> None:
    """Take them away: holds of baskets end, lots are meant for nobody, and the rules of dealing are forgotten."""
    guards = [said for said in _without_guards() if not any(f" {name} " in said for name in NEW_TABLES)]
    _forget()
    _narrow()
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    _with_guards(guards)


def _without_guards() -> list[str]:
    """Take the triggers of SQLite away, which do not outlive the rebuilding of a table; gives what makes them again."""
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        return []
    found = bind.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
    ).all()
    for name, _ in found:
        bind.exec_driver_sql(f"DROP TRIGGER {name}")
    return [sql for _, sql in found]


def _with_guards(statements: list[str] | tuple[str, ...]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def _make_tables() -> None:
    op.create_table(
        "transfer_cost",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("base_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("per_unit_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("base_minor >= 0 AND per_unit_minor >= 0", name=op.f("ck_transfer_cost_cost")),
        sa.CheckConstraint("id = 1", name=op.f("ck_transfer_cost_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer_cost")),
    )
    op.create_table(
        "stock_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= since", name=op.f("ck_stock_alert_ends_after_start")
        ),
        sa.CheckConstraint(
            "kind IN ('out', 'low', 'expiring', 'overstock')", name=op.f("ck_stock_alert_kind")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_stock_alert_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_alert_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_alert")),
    )
    op.create_index("ix_stock_alert_kind", "stock_alert", ["kind", "since", "id"])
    op.create_index(
        "ix_stock_alert_untold",
        "stock_alert",
        ["id"],
        postgresql_where=sa.text("told_at IS NULL AND ended_at IS NULL"),
        sqlite_where=sa.text("told_at IS NULL AND ended_at IS NULL"),
    )
    op.create_index(
        "uq_stock_alert_open",
        "stock_alert",
        ["product_id", "warehouse_id", "kind"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "dealing_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_dealing_rule_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dealing_rule")),
        sa.UniqueConstraint("edition", name=op.f("uq_dealing_rule_edition")),
    )
    op.create_index("ix_dealing_rule_from", "dealing_rule", ["valid_from", "id"])
    op.create_table(
        "dealing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_dealing_by_id_user_account")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_dealing_product_id_product")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["dealing_rule.id"], name=op.f("fk_dealing_rule_id_dealing_rule")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_dealing_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dealing")),
        sa.UniqueConstraint("number", name=op.f("uq_dealing_number")),
    )
    op.create_index("ix_dealing_place", "dealing", ["product_id", "warehouse_id", "id"])
    op.create_table(
        "allocation",
        sa.Column("reservation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("picked", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint("picked BETWEEN 0 AND quantity", name=op.f("ck_allocation_picked")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_allocation_quantity")),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_allocation_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name=op.f("fk_allocation_reservation_id_reservation")
        ),
        sa.PrimaryKeyConstraint("reservation_id", "identity_id", name=op.f("pk_allocation")),
    )
    op.create_index("ix_allocation_identity", "allocation", ["identity_id"])
    op.create_table(
        "dealing_effect",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dealing_id", sa.Integer(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held_before", sa.Integer(), nullable=False),
        sa.Column("held_after", sa.Integer(), nullable=False),
        sa.CheckConstraint("held_before >= 0 AND held_after >= 0", name=op.f("ck_dealing_effect_held")),
        sa.ForeignKeyConstraint(
            ["dealing_id"], ["dealing.id"], name=op.f("fk_dealing_effect_dealing_id_dealing")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name=op.f("fk_dealing_effect_reservation_id_reservation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dealing_effect")),
    )
    op.create_index("ix_dealing_effect_reservation", "dealing_effect", ["reservation_id"])
    op.create_index("uq_dealing_effect", "dealing_effect", ["dealing_id", "reservation_id"], unique=True)
    op.create_table(
        "document_error",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("paper", sa.String(length=16), nullable=False),
        sa.Column("paper_no", sa.String(length=40), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("mistake", sa.String(length=10), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reported_by_id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by_id", sa.Integer(), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "mistake IN ('company', 'address', 'item', 'quantity', 'price', 'date', 'other')",
            name=op.f("ck_document_error_mistake"),
        ),
        sa.CheckConstraint(
            "paper IN ('acknowledgement', 'delivery_note', 'credit_note')",
            name=op.f("ck_document_error_paper"),
        ),
        sa.CheckConstraint("state = 'open' OR resolution <> ''", name=op.f("ck_document_error_resolution")),
        sa.CheckConstraint(
            "(state = 'open') = (resolved_at IS NULL)", name=op.f("ck_document_error_resolved")
        ),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by_id IS NULL)", name=op.f("ck_document_error_resolved_by")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'corrected', 'unfounded')", name=op.f("ck_document_error_state")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_document_error_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_document_error_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_document_error_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by_id"],
            ["user_account.id"],
            name=op.f("fk_document_error_reported_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by_id"],
            ["user_account.id"],
            name=op.f("fk_document_error_resolved_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_error")),
        sa.UniqueConstraint("number", name=op.f("uq_document_error_number")),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_document_error_complaint_id")),
    )
    op.create_index("ix_document_error_order", "document_error", ["order_id"])
    op.create_index("ix_document_error_paper", "document_error", ["paper", "paper_no"])
    op.create_index("ix_document_error_state", "document_error", ["state", "id"])
    op.create_index(
        "uq_document_error_open",
        "document_error",
        ["paper", "paper_no", "mistake"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )


def _widen() -> None:
    op.execute("UPDATE product SET gtin = NULL WHERE gtin = ''")
    op.execute(
        """UPDATE product SET gtin = NULL
        WHERE EXISTS (SELECT 1 FROM product earlier WHERE earlier.gtin = product.gtin AND earlier.id < product.id)"""
    )
    _settle_under_versions()
    op.drop_index("ix_product_gtin", table_name="product")
    with op.batch_alter_table("customer") as table:
        table.add_column(sa.Column("allocation_class", sa.Integer(), server_default="5", nullable=False))
        table.create_check_constraint(
            op.f("ck_customer_allocation_class"), "allocation_class BETWEEN 1 AND 9"
        )
    with op.batch_alter_table("stock") as table:
        table.add_column(sa.Column("by_lot", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("substitute") as table:
        table.add_column(sa.Column("for_units", sa.Integer(), server_default="1", nullable=False))
        table.add_column(sa.Column("two_way", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.create_check_constraint(op.f("ck_substitute_for_units"), "for_units > 0")
    with op.batch_alter_table("identity_balance") as table:
        table.add_column(sa.Column("allocated", sa.Integer(), server_default="0", nullable=False))
        table.create_check_constraint(
            op.f("ck_identity_balance_allocated"), "allocated BETWEEN 0 AND quantity"
        )
        table.create_check_constraint(
            op.f("ck_identity_balance_allocated_is_good"), "allocated = 0 OR keeping = 'good'"
        )
    with op.batch_alter_table("service_level") as table:
        table.add_column(sa.Column("tolerance", sa.Integer(), server_default="0", nullable=False))
        table.create_check_constraint(
            op.f("ck_service_level_tolerance"),
            "tolerance >= 0 AND (tolerance = 0 OR days IS NOT NULL OR minutes IS NOT NULL)",
        )
    with op.batch_alter_table("promise") as table:
        table.drop_constraint(op.f("ck_promise_kept_in_time"), type_="check")
        table.add_column(sa.Column("tolerated_until", sa.DateTime(timezone=True), nullable=True))
        table.create_check_constraint(
            op.f("ck_promise_kept_in_time"),
            "state <> 'kept' OR (fulfilled_at IS NOT NULL AND fulfilled_at <= coalesce(tolerated_until, due_at))",
        )
        table.create_check_constraint(
            op.f("ck_promise_settlement_of_version"), "kind <> 'settlement' OR version_id IS NOT NULL"
        )
        table.create_check_constraint(
            op.f("ck_promise_tolerated"),
            "tolerated_until IS NULL OR (state = 'kept' AND fulfilled_at > due_at)",
        )
    with op.batch_alter_table("reservation") as table:
        table.add_column(sa.Column("customer_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("allocation_class", sa.Integer(), server_default="5", nullable=False))
        table.add_column(sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(
            op.f("fk_reservation_customer_id_customer"), "customer", ["customer_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_reservation_allocation_class"), "allocation_class BETWEEN 1 AND 9"
        )
        table.create_check_constraint(
            op.f("ck_reservation_only_held_expires"), "expires_at IS NULL OR held = quantity"
        )
    op.create_index(
        "ix_reservation_basket",
        "reservation",
        ["product_id", "warehouse_id"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index(
        "ix_reservation_expires",
        "reservation",
        ["expires_at"],
        postgresql_where=sa.text("expires_at IS NOT NULL"),
        sqlite_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index("ix_substitute_offer_reservation", "substitute_offer", ["reservation_id"])
    op.create_index(
        "uq_product_gtin",
        "product",
        ["gtin"],
        unique=True,
        postgresql_where=sa.text("gtin IS NOT NULL"),
        sqlite_where=sa.text("gtin IS NOT NULL"),
    )
    op.execute(
        """UPDATE stock SET by_lot = true WHERE EXISTS (
          SELECT 1 FROM identity_balance b JOIN identity i ON i.id = b.identity_id
          WHERE i.kind = 'lot' AND i.product_id = stock.product_id AND b.warehouse_id = stock.warehouse_id
            AND b.keeping = 'good' AND b.quantity > 0)"""
    )
    op.execute(
        """UPDATE reservation SET customer_id = o.customer_id
        FROM schedule_line p JOIN order_line l ON l.id = p.line_id JOIN customer_order o ON o.id = l.order_id
        WHERE p.reservation_id = reservation.id"""
    )


def _settle_under_versions() -> None:
    """Every settlement names the level it settles, as one made today does; one of a settlement after that one."""
    _frozen("promise", freely=True)
    bind = op.get_bind()
    while bind.exec_driver_sql(
        """UPDATE promise SET settles_level_id = coalesce(m.service_level_id, m.settles_level_id), version_id = m.version_id
        FROM compensation c JOIN promise m ON m.id = c.promise_id
        WHERE promise.kind = 'settlement' AND promise.version_id IS NULL AND c.number = promise.subject_no
          AND m.version_id IS NOT NULL"""
    ).rowcount:
        pass
    _frozen("promise", freely=False)


def _frozen(table: str, *, freely: bool) -> None:
    """Lift the guards of a table for what no person does, or put them back; on SQLite they are away meanwhile."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} {'DISABLE' if freely else 'ENABLE'} TRIGGER USER")


def _forget() -> None:
    """Take back what the former tables cannot hold."""
    _frozen("promise", freely=True)
    for statement in (
        """UPDATE stock SET reserved = reserved - (SELECT sum(r.held) FROM reservation r
          WHERE r.product_id = stock.product_id AND r.warehouse_id = stock.warehouse_id AND r.expires_at IS NOT NULL)
        WHERE EXISTS (SELECT 1 FROM reservation r
          WHERE r.product_id = stock.product_id AND r.warehouse_id = stock.warehouse_id AND r.expires_at IS NOT NULL)""",
        "DELETE FROM reservation WHERE expires_at IS NOT NULL",
        "DELETE FROM substitute WHERE for_units > 1",
        """UPDATE promise SET state = 'missed', missed_at = fulfilled_at, tolerated_until = NULL
        WHERE tolerated_until IS NOT NULL""",
    ):
        op.execute(statement)
    _frozen("promise", freely=False)


def _narrow() -> None:
    op.drop_index("ix_reservation_basket", table_name="reservation")
    op.drop_index("ix_reservation_expires", table_name="reservation")
    op.drop_index("ix_substitute_offer_reservation", table_name="substitute_offer")
    op.drop_index("uq_product_gtin", table_name="product")
    with op.batch_alter_table("reservation") as table:
        table.drop_constraint(op.f("ck_reservation_allocation_class"), type_="check")
        table.drop_constraint(op.f("ck_reservation_only_held_expires"), type_="check")
        table.drop_constraint(op.f("fk_reservation_customer_id_customer"), type_="foreignkey")
        table.drop_column("expires_at")
        table.drop_column("allocation_class")
        table.drop_column("customer_id")
    with op.batch_alter_table("promise") as table:
        table.drop_constraint(op.f("ck_promise_kept_in_time"), type_="check")
        table.drop_constraint(op.f("ck_promise_settlement_of_version"), type_="check")
        table.drop_constraint(op.f("ck_promise_tolerated"), type_="check")
        table.drop_column("tolerated_until")
        table.create_check_constraint(
            op.f("ck_promise_kept_in_time"),
            "state <> 'kept' OR (fulfilled_at IS NOT NULL AND fulfilled_at <= due_at)",
        )
    with op.batch_alter_table("service_level") as table:
        table.drop_constraint(op.f("ck_service_level_tolerance"), type_="check")
        table.drop_column("tolerance")
    with op.batch_alter_table("identity_balance") as table:
        table.drop_constraint(op.f("ck_identity_balance_allocated"), type_="check")
        table.drop_constraint(op.f("ck_identity_balance_allocated_is_good"), type_="check")
        table.drop_column("allocated")
    with op.batch_alter_table("substitute") as table:
        table.drop_constraint(op.f("ck_substitute_for_units"), type_="check")
        table.drop_column("two_way")
        table.drop_column("for_units")
    with op.batch_alter_table("stock") as table:
        table.drop_column("by_lot")
    with op.batch_alter_table("customer") as table:
        table.drop_constraint(op.f("ck_customer_allocation_class"), type_="check")
        table.drop_column("allocation_class")
    op.create_index("ix_product_gtin", "product", ["gtin"])
