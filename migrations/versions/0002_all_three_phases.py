"""The tables of all three phases: stock-outs to transfers during the order, identities to complaints after it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "expedite_rule",
    "fast_service",
    "service_unit",
    "service_matter",
    "disruption",
    "identity",
    "product_follow",
    "product_notice",
    "stock_out",
    "substitute",
    "substitution_consent",
    "transfer",
    "identity_balance",
    "identity_move",
    "loaner_unit",
    "product_notice_identity",
    "product_notice_recipient",
    "transfer_identity",
    "shipment_leg",
    "warranty",
    "complaint",
    "dealt",
    "repair",
    "compensation",
    "complaint_entry",
    "disruption_effect",
    "expedite_request",
    "loan",
    "repair_event",
    "substitute_offer",
    "goods_return_identity",
    "goods_return_outcome",
    "shipment_identity",
)
NEW_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER frozen_identity_move_update BEFORE UPDATE ON identity_move FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'identity_move is append-only'); END",
        "CREATE TRIGGER frozen_identity_move_delete BEFORE DELETE ON identity_move FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'identity_move is append-only'); END",
    ),
    "postgresql": (
        "CREATE TRIGGER frozen_identity_move_update BEFORE UPDATE ON identity_move FOR EACH ROW EXECUTE FUNCTION refuse_change('identity_move is append-only')",
        "CREATE TRIGGER frozen_identity_move_delete BEFORE DELETE ON identity_move FOR EACH ROW EXECUTE FUNCTION refuse_change('identity_move is append-only')",
    ),
}
PLANS = "kind IN ('lead_time', 'line_fill')"


def upgrade() -> None:
    """Make the new tables, and widen the old ones; goods that came back before were settled at once."""
    guards = _without_guards()
    _make_tables()
    _widen_policies()
    _widen_stock()
    _widen_orders()
    _widen_returns()
    _with_guards((*guards, *NEW_GUARDS[op.get_bind().dialect.name]))


def downgrade() -> None:
    """Take the new tables away; returns under way are lost with what they would have become."""
    guards = [one for one in _without_guards() if "identity_move" not in one]
    _narrow_returns()
    _narrow_orders()
    _narrow_stock()
    _narrow_policies()
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


def _widen_policies() -> None:
    with op.batch_alter_table("policy_version") as table:
        table.add_column(sa.Column("return_days", sa.Integer(), nullable=True))
        table.create_check_constraint(op.f("ck_policy_version_return_days"), "return_days BETWEEN 0 AND 3650")
    with op.batch_alter_table("service_level") as table:
        for name in ("compensation_minor_per_day", "compensation_cap_minor"):
            table.add_column(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
        table.drop_constraint(op.f("ck_service_level_kind"), type_="check")
        table.drop_constraint(op.f("ck_service_level_lead_time"), type_="check")
        table.create_check_constraint(
            op.f("ck_service_level_kind"),
            "kind IN ('lead_time', 'line_fill', 'substitution_offer', 'expedite_answer', 'complaint_answer', "
            "'return_decision', 'refund', 'repair_quote', 'repair', 'loaner')",
        )
        table.create_check_constraint(
            op.f("ck_service_level_days_counted"),
            "(kind <> 'line_fill') = (days IS NOT NULL AND convention IS NOT NULL)",
        )
        table.create_check_constraint(
            op.f("ck_service_level_compensation_amount"),
            "compensation_minor_per_day >= 0 AND compensation_cap_minor >= compensation_minor_per_day",
        )
        table.create_check_constraint(
            op.f("ck_service_level_compensation_one_basis"),
            "compensation_bp_per_day = 0 OR compensation_minor_per_day = 0",
        )
    op.create_index("ix_promise_due", "promise", ["due_at", "kind", "state"])
    owed = sa.text("fulfilled_at IS NULL")
    op.create_index(
        "ix_promise_owed", "promise", ["kind", "state", "due_at"], postgresql_where=owed, sqlite_where=owed
    )


def _narrow_policies() -> None:
    op.drop_index("ix_promise_owed", table_name="promise")
    op.drop_index("ix_promise_due", table_name="promise")
    op.execute(
        "DELETE FROM promise_event WHERE promise_id IN (SELECT id FROM promise WHERE kind NOT IN ('lead_time'))"
    )
    op.execute("DELETE FROM promise WHERE kind NOT IN ('lead_time')")
    op.execute("DELETE FROM service_level WHERE kind NOT IN ('lead_time', 'line_fill')")
    with op.batch_alter_table("service_level") as table:
        for name in ("kind", "days_counted", "compensation_amount", "compensation_one_basis"):
            table.drop_constraint(op.f(f"ck_service_level_{name}"), type_="check")
        table.create_check_constraint(op.f("ck_service_level_kind"), PLANS)
        table.create_check_constraint(
            op.f("ck_service_level_lead_time"),
            "(kind = 'lead_time') = (days IS NOT NULL AND convention IS NOT NULL)",
        )
        table.drop_column("compensation_cap_minor")
        table.drop_column("compensation_minor_per_day")
    with op.batch_alter_table("policy_version") as table:
        table.drop_constraint(op.f("ck_policy_version_return_days"), type_="check")
        table.drop_column("return_days")


SIGN = (
    "(kind IN ('issue', 'transfer_out', 'scrap', 'pool') AND quantity < 0) "
    "OR (kind IN ('opening', 'receipt', 'return', 'transfer_in') AND quantity > 0) "
    "OR (kind IN ('hold', 'release') AND quantity <> 0)"
)


def _widen_stock() -> None:
    with op.batch_alter_table("product") as table:
        table.add_column(sa.Column("unit_cost", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("reorder_point", sa.Integer(), nullable=True))
        table.drop_constraint(op.f("ck_product_tracking"), type_="check")
        table.create_check_constraint(op.f("ck_product_tracking"), "tracking IN ('none', 'lot', 'serial')")
        table.create_check_constraint(op.f("ck_product_reorder_point"), "reorder_point >= 0")
        table.create_check_constraint(op.f("ck_product_unit_cost"), "unit_cost >= 0")
    with op.batch_alter_table("stock") as table:
        table.add_column(sa.Column("quarantined", sa.Integer(), server_default="0", nullable=False))
        table.create_check_constraint(op.f("ck_stock_quarantined_not_negative"), "quarantined >= 0")
    with op.batch_alter_table("movement") as table:
        table.add_column(sa.Column("condition", sa.String(length=10), server_default="good", nullable=False))
        table.drop_index("uq_movement_cause")
        table.create_index(
            "uq_movement_cause", ["kind", "cause_no", "product_id", "warehouse_id", "condition"], unique=True
        )
        table.drop_constraint(op.f("ck_movement_kind"), type_="check")
        table.drop_constraint(op.f("ck_movement_sign"), type_="check")
        table.create_check_constraint(op.f("ck_movement_sign"), SIGN)
        table.create_check_constraint(op.f("ck_movement_condition"), "condition IN ('good', 'quarantine')")
    with op.batch_alter_table("inbound_receipt") as table:
        table.add_column(sa.Column("transfer_id", sa.Integer(), nullable=True))
        table.alter_column("supplier_id", existing_type=sa.Integer(), nullable=True)
        table.create_foreign_key(
            op.f("fk_inbound_receipt_transfer_id_transfer"), "transfer", ["transfer_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_inbound_receipt_from_one_source"), "(supplier_id IS NULL) <> (transfer_id IS NULL)"
        )
        table.create_index("uq_inbound_receipt_transfer", ["transfer_id"], unique=True)


def _narrow_stock() -> None:
    op.execute(
        "UPDATE reservation SET receipt_id = NULL WHERE receipt_id IN "
        "(SELECT id FROM inbound_receipt WHERE supplier_id IS NULL)"
    )
    op.execute("DELETE FROM inbound_receipt WHERE supplier_id IS NULL")
    with op.batch_alter_table("inbound_receipt") as table:
        table.drop_index("uq_inbound_receipt_transfer")
        table.drop_constraint(op.f("ck_inbound_receipt_from_one_source"), type_="check")
        table.drop_constraint(op.f("fk_inbound_receipt_transfer_id_transfer"), type_="foreignkey")
        table.alter_column("supplier_id", existing_type=sa.Integer(), nullable=False)
        table.drop_column("transfer_id")
    op.execute("DELETE FROM movement WHERE kind NOT IN ('opening', 'receipt', 'issue', 'return')")
    with op.batch_alter_table("movement") as table:
        table.drop_index("uq_movement_cause")
        table.drop_constraint(op.f("ck_movement_sign"), type_="check")
        table.drop_constraint(op.f("ck_movement_condition"), type_="check")
        table.drop_column("condition")
        table.create_check_constraint(
            op.f("ck_movement_sign"),
            "(kind = 'issue' AND quantity < 0) OR (kind <> 'issue' AND quantity > 0)",
        )
        table.create_check_constraint(
            op.f("ck_movement_kind"), "kind IN ('opening', 'receipt', 'issue', 'return')"
        )
        table.create_index(
            "uq_movement_cause", ["kind", "cause_no", "product_id", "warehouse_id"], unique=True
        )
    with op.batch_alter_table("stock") as table:
        table.drop_constraint(op.f("ck_stock_quarantined_not_negative"), type_="check")
        table.drop_column("quarantined")
    op.execute("UPDATE product SET tracking = 'none' WHERE tracking = 'lot'")
    with op.batch_alter_table("product") as table:
        for name in ("tracking", "reorder_point", "unit_cost"):
            table.drop_constraint(op.f(f"ck_product_{name}"), type_="check")
        table.create_check_constraint(op.f("ck_product_tracking"), "tracking IN ('none', 'serial')")
        table.drop_column("reorder_point")
        table.drop_column("unit_cost")


def _widen_orders() -> None:
    with op.batch_alter_table("customer_order") as table:
        table.alter_column(
            "origin", existing_type=sa.String(length=8), type_=sa.String(length=12), existing_nullable=False
        )
        table.drop_constraint(op.f("ck_customer_order_origin"), type_="check")
        table.create_check_constraint(
            op.f("ck_customer_order_origin"), "origin IN ('portal', 'import', 'replacement')"
        )
    with op.batch_alter_table("order_line") as table:
        table.add_column(sa.Column("substituted_out", sa.Integer(), server_default="0", nullable=False))
        table.add_column(
            sa.Column("stands_for_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        table.create_foreign_key(
            op.f("fk_order_line_stands_for_id_order_line"), "order_line", ["stands_for_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_order_line_substituted_out"), "substituted_out BETWEEN 0 AND cancelled"
        )
        known = sa.text("stands_for_id IS NOT NULL")
        table.create_index(
            "ix_order_line_stands_for", ["stands_for_id"], postgresql_where=known, sqlite_where=known
        )
    op.add_column("schedule_line", sa.Column("arrives_on", sa.Date(), nullable=True))


def _narrow_orders() -> None:
    op.drop_column("schedule_line", "arrives_on")
    with op.batch_alter_table("order_line") as table:
        table.drop_index("ix_order_line_stands_for")
        table.drop_constraint(op.f("ck_order_line_substituted_out"), type_="check")
        table.drop_constraint(op.f("fk_order_line_stands_for_id_order_line"), type_="foreignkey")
        table.drop_column("stands_for_id")
        table.drop_column("substituted_out")
    op.execute("UPDATE customer_order SET origin = 'portal' WHERE origin = 'replacement'")
    with op.batch_alter_table("customer_order") as table:
        table.drop_constraint(op.f("ck_customer_order_origin"), type_="check")
        table.create_check_constraint(op.f("ck_customer_order_origin"), "origin IN ('portal', 'import')")
        table.alter_column(
            "origin", existing_type=sa.String(length=12), type_=sa.String(length=8), existing_nullable=False
        )


REASONS = "reason IN ('damaged', 'wrong_item', 'not_needed', 'quality')"


def _widen_returns() -> None:
    op.execute(
        "INSERT INTO goods_return_outcome (line_id, disposition, quantity, note, inspected_at, inspected_by_id) "
        "SELECT line.id, line.disposition, line.quantity, '', back.received_at, back.received_by_id "
        "FROM goods_return_line AS line JOIN goods_return AS back ON back.id = line.return_id"
    )
    with op.batch_alter_table("goods_return_line") as table:
        table.add_column(sa.Column("received", sa.Integer(), nullable=True))
        table.add_column(sa.Column("note", sa.String(length=300), nullable=True))
    op.execute("UPDATE goods_return_line SET received = quantity, note = ''")
    with op.batch_alter_table("goods_return_line") as table:
        table.drop_constraint(op.f("ck_goods_return_line_disposition"), type_="check")
        table.drop_constraint(op.f("ck_goods_return_line_reason"), type_="check")
        table.drop_column("disposition")
        table.alter_column("received", existing_type=sa.Integer(), nullable=False)
        table.alter_column("note", existing_type=sa.String(length=300), nullable=False)
        table.create_check_constraint(
            op.f("ck_goods_return_line_reason"),
            "reason IN ('damaged', 'wrong_item', 'not_needed', 'quality', 'recalled')",
        )
        table.create_check_constraint(
            op.f("ck_goods_return_line_received"), "received BETWEEN 0 AND quantity"
        )
        table.create_index("ix_goods_return_line_return", ["return_id"])
    people = ("requested_by_id", "decided_by_id", "settled_by_id")
    instants = ("requested_at", "decided_at", "settled_at")
    texts = {"state": 10, "remedy": 12, "note": 500, "decision_note": 500}
    with op.batch_alter_table("goods_return") as table:
        for name, length in texts.items():
            table.add_column(sa.Column(name, sa.String(length=length), nullable=True))
        for name in instants:
            table.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        for name in people:
            table.add_column(sa.Column(name, sa.Integer(), nullable=True))
        for name in ("decision_promise_id", "refund_promise_id", "replacement_id"):
            table.add_column(
                sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
            )
        table.add_column(sa.Column("return_by", sa.Date(), nullable=True))
    op.execute(
        "UPDATE goods_return SET state = 'settled', remedy = 'credit', note = '', decision_note = '', "
        "requested_at = received_at, decided_at = received_at, settled_at = received_at, "
        "requested_by_id = received_by_id, decided_by_id = received_by_id, settled_by_id = received_by_id"
    )
    with op.batch_alter_table("goods_return") as table:
        for name, length in texts.items():
            table.alter_column(name, existing_type=sa.String(length=length), nullable=False)
        table.alter_column("requested_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        table.alter_column("received_at", existing_type=sa.DateTime(timezone=True), nullable=True)
        table.alter_column("credit_note_id", existing_type=sa.BigInteger(), nullable=True)
        for name in people:
            table.create_foreign_key(
                op.f(f"fk_goods_return_{name}_user_account"), "user_account", [name], ["id"]
            )
        for name in ("decision_promise_id", "refund_promise_id"):
            table.create_foreign_key(op.f(f"fk_goods_return_{name}_promise"), "promise", [name], ["id"])
        table.create_foreign_key(
            op.f("fk_goods_return_replacement_id_customer_order"),
            "customer_order",
            ["replacement_id"],
            ["id"],
        )
        table.create_unique_constraint(op.f("uq_goods_return_replacement_id"), ["replacement_id"])
        table.create_index("ix_goods_return_state", ["state", "id"])
        for name, rule in RETURN_CHECKS.items():
            table.create_check_constraint(op.f(f"ck_goods_return_{name}"), rule)


RETURN_CHECKS = {
    "state": "state IN ('requested', 'authorised', 'refused', 'cancelled', 'received', 'settled')",
    "remedy": "remedy IN ('credit', 'replacement')",
    "received": "state NOT IN ('received', 'settled') OR received_at IS NOT NULL",
    "settled": "state <> 'settled' OR settled_at IS NOT NULL",
    "one_remedy": "credit_note_id IS NULL OR replacement_id IS NULL",
}


def _narrow_returns() -> None:
    with op.batch_alter_table("goods_return_line") as table:
        table.add_column(sa.Column("disposition", sa.String(length=8), nullable=True))
    op.execute("DELETE FROM goods_return_identity")
    op.execute(
        "UPDATE goods_return_line SET disposition = CASE WHEN EXISTS (SELECT 1 FROM goods_return_outcome AS outcome "
        "WHERE outcome.line_id = goods_return_line.id AND outcome.disposition = 'restock') "
        "THEN 'restock' ELSE 'scrap' END"
    )
    op.execute("DELETE FROM goods_return_outcome")
    op.execute(
        "DELETE FROM goods_return_line WHERE return_id IN (SELECT id FROM goods_return WHERE credit_note_id IS NULL)"
    )
    op.execute("DELETE FROM goods_return WHERE credit_note_id IS NULL")
    op.execute("UPDATE goods_return_line SET reason = 'quality' WHERE reason = 'recalled'")
    with op.batch_alter_table("goods_return_line") as table:
        table.drop_index("ix_goods_return_line_return")
        table.drop_constraint(op.f("ck_goods_return_line_received"), type_="check")
        table.drop_constraint(op.f("ck_goods_return_line_reason"), type_="check")
        table.drop_column("received")
        table.drop_column("note")
        table.alter_column("disposition", existing_type=sa.String(length=8), nullable=False)
        table.create_check_constraint(op.f("ck_goods_return_line_reason"), REASONS)
        table.create_check_constraint(
            op.f("ck_goods_return_line_disposition"), "disposition IN ('restock', 'scrap')"
        )
    with op.batch_alter_table("goods_return") as table:
        table.drop_index("ix_goods_return_state")
        for name in RETURN_CHECKS:
            table.drop_constraint(op.f(f"ck_goods_return_{name}"), type_="check")
        table.drop_constraint(op.f("uq_goods_return_replacement_id"), type_="unique")
        for name, other in RETURN_KEYS.items():
            table.drop_constraint(op.f(f"fk_goods_return_{name}_{other}"), type_="foreignkey")
        for name in (*RETURN_KEYS, "state", "remedy", "note", "decision_note", "return_by"):
            table.drop_column(name)
        for name in ("requested_at", "decided_at", "settled_at"):
            table.drop_column(name)
        table.alter_column("credit_note_id", existing_type=sa.BigInteger(), nullable=False)
        table.alter_column("received_at", existing_type=sa.DateTime(timezone=True), nullable=False)


RETURN_KEYS = {
    "requested_by_id": "user_account",
    "decided_by_id": "user_account",
    "settled_by_id": "user_account",
    "decision_promise_id": "promise",
    "refund_promise_id": "promise",
    "replacement_id": "customer_order",
}


def _make_tables() -> None:
    op.create_table(
        "expedite_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("most_cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("most_share_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_expedite_rule_only_one")),
        sa.CheckConstraint("most_cost_minor >= 0", name=op.f("ck_expedite_rule_cost")),
        sa.CheckConstraint("most_share_bp BETWEEN 0 AND 10000", name=op.f("ck_expedite_rule_share")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expedite_rule")),
    )
    op.create_table(
        "fast_service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_th", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("base_minor", sa.BigInteger(), nullable=False),
        sa.Column("per_unit_minor", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("base_minor >= 0 AND per_unit_minor >= 0", name=op.f("ck_fast_service_cost")),
        sa.CheckConstraint("days BETWEEN 0 AND 60", name=op.f("ck_fast_service_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fast_service")),
        sa.UniqueConstraint("code", name=op.f("uq_fast_service_code")),
    )
    op.create_table(
        "service_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_th", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("line_id", sa.String(length=60), nullable=False),
        sa.Column("week", sa.String(length=7), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("escalate_after_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(week) = 7 AND week <> '0000000'", name=op.f("ck_service_unit_week")),
        sa.CheckConstraint(
            "escalate_after_days BETWEEN 0 AND 60", name=op.f("ck_service_unit_escalate_after_days")
        ),
        sa.CheckConstraint("opens < closes", name=op.f("ck_service_unit_hours")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_service_unit_code")),
    )
    op.create_table(
        "service_matter",
        sa.Column("matter", sa.String(length=16), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "matter IN ('order', 'delivery', 'substitution', 'expedite', 'return', 'complaint', 'repair', 'loaner', 'product_notice', 'invoice')",
            name=op.f("ck_service_matter_matter"),
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["service_unit.id"], name=op.f("fk_service_matter_unit_id_service_unit")
        ),
        sa.PrimaryKeyConstraint("matter", name=op.f("pk_service_matter")),
    )
    op.create_index("ix_service_matter_unit", "service_matter", ["unit_id"], unique=False)
    op.create_table(
        "disruption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("what_th", sa.String(length=500), nullable=False),
        sa.Column("what_en", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declared_by_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('strike', 'shortage', 'flood', 'port_closure', 'breakdown')",
            name=op.f("ck_disruption_kind"),
        ),
        sa.CheckConstraint(
            "state <> 'confirmed' OR confirmed_at IS NOT NULL", name=op.f("ck_disruption_confirmed")
        ),
        sa.CheckConstraint("state IN ('draft', 'confirmed', 'cancelled')", name=op.f("ck_disruption_state")),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_disruption_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["user_account.id"], name=op.f("fk_disruption_confirmed_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by_id"], ["user_account.id"], name=op.f("fk_disruption_declared_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_disruption_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disruption")),
        sa.UniqueConstraint("number", name=op.f("uq_disruption_number")),
    )
    op.create_index("ix_disruption_window", "disruption", ["warehouse_id", "ends_on"], unique=False)
    op.create_table(
        "identity",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("source_no", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('lot', 'serial')", name=op.f("ck_identity_kind")),
        sa.CheckConstraint("number <> ''", name=op.f("ck_identity_number")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_identity_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
    )
    op.create_index("ix_identity_number", "identity", ["number"], unique=False)
    op.create_index("uq_identity_number", "identity", ["product_id", "number"], unique=True)
    op.create_table(
        "product_follow",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.String(length=4), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("told IN ('in', 'low', 'out')", name=op.f("ck_product_follow_told")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_follow_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_product_follow_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("user_id", "product_id", name=op.f("pk_product_follow")),
    )
    op.create_index("ix_product_follow_product", "product_follow", ["product_id"], unique=False)
    op.create_table(
        "product_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("title_th", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("risk_th", sa.Text(), nullable=False),
        sa.Column("risk_en", sa.Text(), nullable=False),
        sa.Column("action_th", sa.Text(), nullable=False),
        sa.Column("action_en", sa.Text(), nullable=False),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("drafted_by_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('advisory', 'recall')", name=op.f("ck_product_notice_kind")),
        sa.CheckConstraint(
            "state <> 'closed' OR closed_at IS NOT NULL", name=op.f("ck_product_notice_closed")
        ),
        sa.CheckConstraint("state = 'draft' OR issued_at IS NOT NULL", name=op.f("ck_product_notice_issued")),
        sa.CheckConstraint("state IN ('draft', 'issued', 'closed')", name=op.f("ck_product_notice_state")),
        sa.ForeignKeyConstraint(
            ["drafted_by_id"], ["user_account.id"], name=op.f("fk_product_notice_drafted_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["user_account.id"], name=op.f("fk_product_notice_issued_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_notice_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_notice")),
        sa.UniqueConstraint("number", name=op.f("uq_product_notice_number")),
    )
    op.create_index("ix_product_notice_product", "product_notice", ["product_id"], unique=False)
    op.create_table(
        "stock_out",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= started_at", name=op.f("ck_stock_out_ends_after_start")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_stock_out_product_id_product")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_out_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_out")),
    )
    op.create_index(
        "ix_stock_out_place", "stock_out", ["product_id", "warehouse_id", "started_at"], unique=False
    )
    op.create_index("ix_stock_out_started", "stock_out", ["started_at", "id"], unique=False)
    op.create_index(
        "uq_stock_out_open",
        "stock_out",
        ["product_id", "warehouse_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "substitute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("stands_in_id", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("per_unit", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason_th", sa.String(length=200), nullable=False),
        sa.Column("reason_en", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('equal', 'better', 'smaller_pack', 'larger_pack')", name=op.f("ck_substitute_kind")
        ),
        sa.CheckConstraint("per_unit > 0", name=op.f("ck_substitute_per_unit")),
        sa.CheckConstraint("product_id <> stands_in_id", name=op.f("ck_substitute_another_product")),
        sa.CheckConstraint("rank > 0", name=op.f("ck_substitute_rank")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_substitute_valid")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_substitute_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["stands_in_id"], ["product.id"], name=op.f("fk_substitute_stands_in_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitute")),
    )
    op.create_index("ix_substitute_stands_in", "substitute", ["stands_in_id"], unique=False)
    op.create_index("uq_substitute_pair", "substitute", ["product_id", "stands_in_id"], unique=True)
    op.create_table(
        "substitution_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=10), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "rule IN ('never', 'ask', 'automatic')", name=op.f("ck_substitution_consent_rule")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_substitution_consent_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["given_by_id"],
            ["user_account.id"],
            name=op.f("fk_substitution_consent_given_by_id_user_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitution_consent")),
        sa.UniqueConstraint("customer_id", name=op.f("uq_substitution_consent_customer_id")),
    )
    op.create_table(
        "transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("from_warehouse_id", sa.Integer(), nullable=False),
        sa.Column("to_warehouse_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("tracking_no", sa.String(length=80), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "arrived_at IS NULL OR arrived_at >= left_at", name=op.f("ck_transfer_arrived_after_leaving")
        ),
        sa.CheckConstraint("from_warehouse_id <> to_warehouse_id", name=op.f("ck_transfer_two_warehouses")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_quantity")),
        sa.ForeignKeyConstraint(
            ["from_warehouse_id"], ["warehouse.id"], name=op.f("fk_transfer_from_warehouse_id_warehouse")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_transfer_product_id_product")),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["user_account.id"], name=op.f("fk_transfer_sent_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["to_warehouse_id"], ["warehouse.id"], name=op.f("fk_transfer_to_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfer")),
        sa.UniqueConstraint("number", name=op.f("uq_transfer_number")),
    )
    op.create_index(
        "ix_transfer_on_the_way",
        "transfer",
        ["to_warehouse_id", "product_id"],
        unique=False,
        postgresql_where=sa.text("arrived_at IS NULL"),
        sqlite_where=sa.text("arrived_at IS NULL"),
    )
    op.create_index("ix_transfer_purpose", "transfer", ["purpose"], unique=False)
    op.create_table(
        "identity_balance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("serial", sa.Boolean(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("keeping", sa.String(length=10), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(keeping IN ('good', 'quarantine', 'repair', 'pool') AND warehouse_id IS NOT NULL AND customer_id IS NULL) OR (keeping IN ('owned', 'lent') AND customer_id IS NOT NULL AND warehouse_id IS NULL)",
            name=op.f("ck_identity_balance_place"),
        ),
        sa.CheckConstraint("NOT serial OR quantity <= 1", name=op.f("ck_identity_balance_serial_is_one")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_identity_balance_not_negative")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_identity_balance_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_identity_balance_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_identity_balance_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_balance")),
    )
    op.create_index(
        "ix_identity_balance_customer", "identity_balance", ["customer_id", "identity_id"], unique=False
    )
    op.create_index(
        "ix_identity_balance_warehouse",
        "identity_balance",
        ["warehouse_id", "keeping", "identity_id"],
        unique=False,
    )
    op.create_index(
        "uq_identity_balance_customer",
        "identity_balance",
        ["identity_id", "customer_id", "keeping"],
        unique=True,
        postgresql_where=sa.text("customer_id IS NOT NULL"),
        sqlite_where=sa.text("customer_id IS NOT NULL"),
    )
    op.create_index(
        "uq_identity_balance_serial",
        "identity_balance",
        ["identity_id"],
        unique=True,
        postgresql_where=sa.text("serial AND quantity > 0"),
        sqlite_where=sa.text("serial AND quantity > 0"),
    )
    op.create_index(
        "uq_identity_balance_warehouse",
        "identity_balance",
        ["identity_id", "warehouse_id", "keeping"],
        unique=True,
        postgresql_where=sa.text("warehouse_id IS NOT NULL"),
        sqlite_where=sa.text("warehouse_id IS NOT NULL"),
    )
    op.create_table(
        "identity_move",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("keeping", sa.String(length=10), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("cause_no", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(keeping IN ('good', 'quarantine', 'repair', 'pool') AND warehouse_id IS NOT NULL AND customer_id IS NULL) OR (keeping IN ('owned', 'lent') AND customer_id IS NOT NULL AND warehouse_id IS NULL)",
            name=op.f("ck_identity_move_place"),
        ),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_identity_move_quantity")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_identity_move_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_identity_move_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_identity_move_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_identity_move_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_move")),
    )
    op.create_index("ix_identity_move_cause", "identity_move", ["cause_no"], unique=False)
    op.create_index("ix_identity_move_identity", "identity_move", ["identity_id", "id"], unique=False)
    op.create_table(
        "loaner_unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("condition", sa.String(length=300), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_loaner_unit_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_loaner_unit_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loaner_unit")),
        sa.UniqueConstraint("identity_id", name=op.f("uq_loaner_unit_identity_id")),
    )
    op.create_table(
        "product_notice_identity",
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_product_notice_identity_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["product_notice.id"],
            name=op.f("fk_product_notice_identity_notice_id_product_notice"),
        ),
        sa.PrimaryKeyConstraint("notice_id", "identity_id", name=op.f("pk_product_notice_identity")),
    )
    op.create_index(
        "ix_product_notice_identity_identity", "product_notice_identity", ["identity_id"], unique=False
    )
    op.create_table(
        "product_notice_recipient",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)",
            name=op.f("ck_product_notice_recipient_acknowledged"),
        ),
        sa.CheckConstraint("units > 0", name=op.f("ck_product_notice_recipient_units")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"],
            ["user_account.id"],
            name=op.f("fk_product_notice_recipient_acknowledged_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_product_notice_recipient_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["product_notice.id"],
            name=op.f("fk_product_notice_recipient_notice_id_product_notice"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_notice_recipient")),
    )
    op.create_index(
        "ix_product_notice_recipient_customer", "product_notice_recipient", ["customer_id"], unique=False
    )
    op.create_index(
        "uq_product_notice_recipient_customer",
        "product_notice_recipient",
        ["notice_id", "customer_id"],
        unique=True,
    )
    op.create_table(
        "transfer_identity",
        sa.Column("transfer_id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_transfer_identity_quantity")),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_transfer_identity_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfer.id"], name=op.f("fk_transfer_identity_transfer_id_transfer")
        ),
        sa.PrimaryKeyConstraint("transfer_id", "identity_id", name=op.f("pk_transfer_identity")),
    )
    op.create_table(
        "shipment_leg",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shipment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=6), nullable=False),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("tracking_no", sa.String(length=80), nullable=False),
        sa.Column("from_place", sa.String(length=120), nullable=False),
        sa.Column("to_place", sa.String(length=120), nullable=False),
        sa.Column("original_arrives_on", sa.Date(), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("carrier <> ''", name=op.f("ck_shipment_leg_carrier")),
        sa.CheckConstraint("mode IN ('truck', 'rail', 'sea', 'air')", name=op.f("ck_shipment_leg_mode")),
        sa.CheckConstraint(
            "arrived_at IS NULL OR (left_at IS NOT NULL AND arrived_at >= left_at)",
            name=op.f("ck_shipment_leg_times"),
        ),
        sa.CheckConstraint("n > 0", name=op.f("ck_shipment_leg_n")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_leg_shipment_id_shipment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_leg")),
    )
    op.create_index("uq_shipment_leg_n", "shipment_leg", ["shipment_id", "n"], unique=True)
    op.create_table(
        "warranty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("ends_on > starts_on", name=op.f("ck_warranty_term")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_warranty_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_warranty_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_warranty_order_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_warranty_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warranty")),
    )
    op.create_index("ix_warranty_customer", "warranty", ["customer_id", "ends_on"], unique=False)
    op.create_index("ix_warranty_identity", "warranty", ["identity_id"], unique=False)
    op.create_index(
        "uq_warranty_running",
        "warranty",
        ["identity_id"],
        unique=True,
        postgresql_where=sa.text("voided_at IS NULL"),
        sqlite_where=sa.text("voided_at IS NULL"),
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answer_promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('late', 'short', 'damaged', 'wrong_item', 'quality', 'document', 'service')",
            name=op.f("ck_complaint_kind"),
        ),
        sa.CheckConstraint("state <> 'settled' OR settled_at IS NOT NULL", name=op.f("ck_complaint_settled")),
        sa.CheckConstraint("state = 'open' OR answered_at IS NOT NULL", name=op.f("ck_complaint_answered")),
        sa.CheckConstraint("state IN ('open', 'answered', 'settled')", name=op.f("ck_complaint_state")),
        sa.ForeignKeyConstraint(
            ["answer_promise_id"], ["promise.id"], name=op.f("fk_complaint_answer_promise_id_promise")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_complaint_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_complaint_opened_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_complaint_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_complaint_owner_id_user_account")
        ),
        sa.ForeignKeyConstraint(["promise_id"], ["promise.id"], name=op.f("fk_complaint_promise_id_promise")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_number")),
    )
    op.create_index("ix_complaint_customer", "complaint", ["customer_id", "id"], unique=False)
    op.create_index("ix_complaint_order", "complaint", ["order_id"], unique=False)
    op.create_index("ix_complaint_state", "complaint", ["state", "id"], unique=False)
    op.create_index(
        "uq_complaint_promise",
        "complaint",
        ["promise_id"],
        unique=True,
        postgresql_where=sa.text("promise_id IS NOT NULL"),
        sqlite_where=sa.text("promise_id IS NOT NULL"),
    )
    op.create_table(
        "dealt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reservation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("units > 0", name=op.f("ck_dealt_units")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name=op.f("fk_dealt_reservation_id_reservation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dealt")),
    )
    op.create_index("ix_dealt_reservation", "dealt", ["reservation_id"], unique=False)
    op.create_index(
        "ix_dealt_untold",
        "dealt",
        ["id"],
        unique=False,
        postgresql_where=sa.text("told_at IS NULL"),
        sqlite_where=sa.text("told_at IS NULL"),
    )
    op.create_table(
        "repair",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("warranty_id", sa.Integer(), nullable=True),
        sa.Column("covered", sa.Boolean(), nullable=False),
        sa.Column("cover_reason", sa.String(length=30), nullable=False),
        sa.Column("fault", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("diagnosis", sa.Text(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("parts_minor", sa.BigInteger(), nullable=False),
        sa.Column("labour_minor", sa.BigInteger(), nullable=False),
        sa.Column("charge_minor", sa.BigInteger(), nullable=False),
        sa.Column("quoted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("work_done", sa.Text(), nullable=False),
        sa.Column("repaired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("tracking_no", sa.String(length=80), nullable=False),
        sa.Column("loaner_wanted", sa.Boolean(), nullable=False),
        sa.Column("quote_promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("repair_promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("loaner_promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("state <> 'returned' OR returned_at IS NOT NULL", name=op.f("ck_repair_returned")),
        sa.CheckConstraint(
            "state IN ('requested', 'cancelled') OR received_at IS NOT NULL", name=op.f("ck_repair_received")
        ),
        sa.CheckConstraint(
            "state IN ('requested', 'received', 'quoted', 'approved', 'declined', 'repaired', 'returned', 'cancelled')",
            name=op.f("ck_repair_state"),
        ),
        sa.CheckConstraint(
            "charge_minor BETWEEN 0 AND parts_minor + labour_minor", name=op.f("ck_repair_charge")
        ),
        sa.CheckConstraint("parts_minor >= 0 AND labour_minor >= 0", name=op.f("ck_repair_amounts")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["user_account.id"], name=op.f("fk_repair_answered_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_repair_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_repair_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["loaner_promise_id"], ["promise.id"], name=op.f("fk_repair_loaner_promise_id_promise")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["user_account.id"], name=op.f("fk_repair_opened_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["quote_promise_id"], ["promise.id"], name=op.f("fk_repair_quote_promise_id_promise")
        ),
        sa.ForeignKeyConstraint(
            ["repair_promise_id"], ["promise.id"], name=op.f("fk_repair_repair_promise_id_promise")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_repair_warehouse_id_warehouse")
        ),
        sa.ForeignKeyConstraint(
            ["warranty_id"], ["warranty.id"], name=op.f("fk_repair_warranty_id_warranty")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair")),
        sa.UniqueConstraint("number", name=op.f("uq_repair_number")),
    )
    op.create_index("ix_repair_customer", "repair", ["customer_id", "id"], unique=False)
    op.create_index("ix_repair_identity", "repair", ["identity_id"], unique=False)
    op.create_index("ix_repair_state", "repair", ["state", "id"], unique=False)
    op.create_index(
        "uq_repair_open",
        "repair",
        ["identity_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('returned', 'cancelled')"),
        sqlite_where=sa.text("state NOT IN ('returned', 'cancelled')"),
    )
    op.create_table(
        "compensation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("worked_out", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("credit_note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(state = 'credited') = (credit_note_id IS NOT NULL)", name=op.f("ck_compensation_credited")
        ),
        sa.CheckConstraint(
            "state = 'proposed' OR decided_at IS NOT NULL", name=op.f("ck_compensation_decided")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'credited', 'rejected')", name=op.f("ck_compensation_state")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_compensation_amount")),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_compensation_complaint_id_complaint")
        ),
        sa.ForeignKeyConstraint(
            ["credit_note_id"], ["credit_note.id"], name=op.f("fk_compensation_credit_note_id_credit_note")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_compensation_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["user_account.id"], name=op.f("fk_compensation_decided_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_compensation_promise_id_promise")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compensation")),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_compensation_complaint_id")),
        sa.UniqueConstraint("credit_note_id", name=op.f("uq_compensation_credit_note_id")),
        sa.UniqueConstraint("number", name=op.f("uq_compensation_number")),
        sa.UniqueConstraint("promise_id", name=op.f("uq_compensation_promise_id")),
    )
    op.create_index("ix_compensation_customer", "compensation", ["customer_id", "id"], unique=False)
    op.create_index("ix_compensation_decided", "compensation", ["decided_at"], unique=False)
    op.create_index("ix_compensation_state", "compensation", ["state", "id"], unique=False)
    op.create_table(
        "complaint_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "what IN ('opened', 'assigned', 'note', 'answered', 'escalated', 'reopened', 'settled')",
            name=op.f("ck_complaint_entry_what"),
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_complaint_entry_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["complaint_id"], ["complaint.id"], name=op.f("fk_complaint_entry_complaint_id_complaint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_entry")),
    )
    op.create_index("ix_complaint_entry_complaint", "complaint_entry", ["complaint_id", "id"], unique=False)
    op.create_table(
        "disruption_effect",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("disruption_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("due_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("choice", sa.String(length=10), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("chosen_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "choice IN ('wait', 'cancel', 'substitute')", name=op.f("ck_disruption_effect_choice")
        ),
        sa.CheckConstraint(
            "(choice IS NULL) = (chosen_at IS NULL)", name=op.f("ck_disruption_effect_chosen")
        ),
        sa.CheckConstraint("due_after > due_before", name=op.f("ck_disruption_effect_later")),
        sa.ForeignKeyConstraint(
            ["chosen_by_id"], ["user_account.id"], name=op.f("fk_disruption_effect_chosen_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_disruption_effect_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["disruption_id"], ["disruption.id"], name=op.f("fk_disruption_effect_disruption_id_disruption")
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["schedule_line.id"], name=op.f("fk_disruption_effect_part_id_schedule_line")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_disruption_effect_promise_id_promise")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disruption_effect")),
    )
    op.create_index(
        "ix_disruption_effect_customer", "disruption_effect", ["customer_id", "disruption_id"], unique=False
    )
    op.create_index("ix_disruption_effect_part", "disruption_effect", ["part_id"], unique=False)
    op.create_index(
        "uq_disruption_effect_part", "disruption_effect", ["disruption_id", "part_id"], unique=True
    )
    op.create_table(
        "expedite_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("part_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("extra_cost_minor", sa.BigInteger(), nullable=False),
        sa.Column("charge_minor", sa.BigInteger(), nullable=False),
        sa.Column("margin_minor", sa.BigInteger(), nullable=True),
        sa.Column("days_gained", sa.Integer(), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.Column("due_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("by_rule", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint(
            "state <> 'approved' OR (service_id IS NOT NULL AND due_after IS NOT NULL AND due_after < due_before)",
            name=op.f("ck_expedite_request_approved_is_sooner"),
        ),
        sa.CheckConstraint(
            "state = 'asked' OR decided_at IS NOT NULL", name=op.f("ck_expedite_request_decided")
        ),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'withdrawn')", name=op.f("ck_expedite_request_state")
        ),
        sa.CheckConstraint(
            "charge_minor >= 0 AND extra_cost_minor >= 0", name=op.f("ck_expedite_request_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by_id"], ["user_account.id"], name=op.f("fk_expedite_request_asked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_expedite_request_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_expedite_request_decided_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["schedule_line.id"], name=op.f("fk_expedite_request_part_id_schedule_line")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_expedite_request_promise_id_promise")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["fast_service.id"], name=op.f("fk_expedite_request_service_id_fast_service")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_expedite_request")),
        sa.UniqueConstraint("number", name=op.f("uq_expedite_request_number")),
    )
    op.create_index("ix_expedite_request_customer", "expedite_request", ["customer_id", "id"], unique=False)
    op.create_index("ix_expedite_request_part", "expedite_request", ["part_id", "id"], unique=False)
    op.create_index("ix_expedite_request_state", "expedite_request", ["state", "id"], unique=False)
    op.create_index(
        "uq_expedite_request_open",
        "expedite_request",
        ["part_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
        sqlite_where=sa.text("state = 'asked'"),
    )
    op.create_table(
        "loan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("repair_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("handed_out_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handed_out_by_id", sa.Integer(), nullable=False),
        sa.Column("condition_out", sa.String(length=300), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by_id", sa.Integer(), nullable=True),
        sa.Column("grade_back", sa.String(length=14), nullable=True),
        sa.Column("note_back", sa.String(length=300), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("charge_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "grade_back IN ('good', 'worn', 'damaged', 'missing_parts')", name=op.f("ck_loan_grade")
        ),
        sa.CheckConstraint("(returned_at IS NULL) = (grade_back IS NULL)", name=op.f("ck_loan_graded")),
        sa.CheckConstraint("charge_minor >= 0", name=op.f("ck_loan_charge")),
        sa.CheckConstraint(
            "returned_at IS NULL OR returned_at >= handed_out_at", name=op.f("ck_loan_returned_after")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name=op.f("fk_loan_customer_id_customer")),
        sa.ForeignKeyConstraint(
            ["handed_out_by_id"], ["user_account.id"], name=op.f("fk_loan_handed_out_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["user_account.id"], name=op.f("fk_loan_received_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["repair_id"], ["repair.id"], name=op.f("fk_loan_repair_id_repair")),
        sa.ForeignKeyConstraint(["unit_id"], ["loaner_unit.id"], name=op.f("fk_loan_unit_id_loaner_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loan")),
        sa.UniqueConstraint("number", name=op.f("uq_loan_number")),
    )
    op.create_index("ix_loan_customer", "loan", ["customer_id", "id"], unique=False)
    op.create_index(
        "ix_loan_out",
        "loan",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("returned_at IS NULL"),
        sqlite_where=sa.text("returned_at IS NULL"),
    )
    op.create_index("ix_loan_repair", "loan", ["repair_id"], unique=False)
    op.create_index("ix_loan_unit", "loan", ["unit_id"], unique=False)
    op.create_index(
        "uq_loan_repair_out",
        "loan",
        ["repair_id"],
        unique=True,
        postgresql_where=sa.text("returned_at IS NULL"),
        sqlite_where=sa.text("returned_at IS NULL"),
    )
    op.create_index(
        "uq_loan_unit_out",
        "loan",
        ["unit_id"],
        unique=True,
        postgresql_where=sa.text("returned_at IS NULL"),
        sqlite_where=sa.text("returned_at IS NULL"),
    )
    op.create_table(
        "repair_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("repair_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_repair_event_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(["repair_id"], ["repair.id"], name=op.f("fk_repair_event_repair_id_repair")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair_event")),
    )
    op.create_index("ix_repair_event_repair", "repair_event", ["repair_id", "id"], unique=False)
    op.create_table(
        "substitute_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("part_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("stands_in_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("list_price", sa.BigInteger(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_by_id", sa.Integer(), nullable=True),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("consent_id", sa.Integer(), nullable=True),
        sa.Column("new_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (new_line_id IS NOT NULL)", name=op.f("ck_substitute_offer_accepted_line")
        ),
        sa.CheckConstraint(
            "state = 'offered' OR answered_at IS NOT NULL", name=op.f("ck_substitute_offer_answered")
        ),
        sa.CheckConstraint(
            "state IN ('offered', 'accepted', 'refused', 'expired', 'withdrawn')",
            name=op.f("ck_substitute_offer_state"),
        ),
        sa.CheckConstraint(
            "NOT automatic OR consent_id IS NOT NULL", name=op.f("ck_substitute_offer_automatic_by_consent")
        ),
        sa.CheckConstraint("answer_by > offered_at", name=op.f("ck_substitute_offer_answer_by")),
        sa.CheckConstraint("quantity > 0 AND units > 0", name=op.f("ck_substitute_offer_quantity")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"],
            ["user_account.id"],
            name=op.f("fk_substitute_offer_answered_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"],
            ["substitution_consent.id"],
            name=op.f("fk_substitute_offer_consent_id_substitution_consent"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_substitute_offer_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["new_line_id"], ["order_line.id"], name=op.f("fk_substitute_offer_new_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"],
            ["user_account.id"],
            name=op.f("fk_substitute_offer_offered_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["schedule_line.id"], name=op.f("fk_substitute_offer_part_id_schedule_line")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_substitute_offer_promise_id_promise")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservation.id"],
            name=op.f("fk_substitute_offer_reservation_id_reservation"),
        ),
        sa.ForeignKeyConstraint(
            ["stands_in_id"], ["product.id"], name=op.f("fk_substitute_offer_stands_in_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_substitute_offer")),
        sa.UniqueConstraint("new_line_id", name=op.f("uq_substitute_offer_new_line_id")),
        sa.UniqueConstraint("number", name=op.f("uq_substitute_offer_number")),
    )
    op.create_index(
        "ix_substitute_offer_customer", "substitute_offer", ["customer_id", "state", "id"], unique=False
    )
    op.create_index("ix_substitute_offer_part", "substitute_offer", ["part_id", "id"], unique=False)
    op.create_index("ix_substitute_offer_state", "substitute_offer", ["state", "answer_by"], unique=False)
    op.create_index(
        "uq_substitute_offer_open",
        "substitute_offer",
        ["part_id"],
        unique=True,
        postgresql_where=sa.text("state = 'offered'"),
        sqlite_where=sa.text("state = 'offered'"),
    )
    op.create_table(
        "goods_return_identity",
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_goods_return_identity_quantity")),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_goods_return_identity_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["goods_return_line.id"],
            name=op.f("fk_goods_return_identity_line_id_goods_return_line"),
        ),
        sa.PrimaryKeyConstraint("line_id", "identity_id", name=op.f("pk_goods_return_identity")),
    )
    op.create_table(
        "goods_return_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer(), nullable=False),
        sa.Column("disposition", sa.String(length=20), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("grade", sa.String(length=1), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("inspected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inspected_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "disposition IN ('restock', 'refurbish', 'scrap', 'return_to_supplier', 'return_to_customer')",
            name=op.f("ck_goods_return_outcome_disposition"),
        ),
        sa.CheckConstraint("grade IN ('a', 'b', 'c', 'd')", name=op.f("ck_goods_return_outcome_grade")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_goods_return_outcome_quantity")),
        sa.ForeignKeyConstraint(
            ["inspected_by_id"],
            ["user_account.id"],
            name=op.f("fk_goods_return_outcome_inspected_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["goods_return_line.id"],
            name=op.f("fk_goods_return_outcome_line_id_goods_return_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_return_outcome")),
    )
    op.create_index("ix_goods_return_outcome_line", "goods_return_outcome", ["line_id"], unique=False)
    op.create_table(
        "shipment_identity",
        sa.Column("shipment_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_identity_quantity")),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_shipment_identity_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["shipment_line_id"],
            ["shipment_line.id"],
            name=op.f("fk_shipment_identity_shipment_line_id_shipment_line"),
        ),
        sa.PrimaryKeyConstraint("shipment_line_id", "identity_id", name=op.f("pk_shipment_identity")),
    )
    op.create_index("ix_shipment_identity_identity", "shipment_identity", ["identity_id"], unique=False)
