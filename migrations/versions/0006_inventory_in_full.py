"""Inventory in full: packs and files, price lists with dates and breaks, assortment, counts, purchases and plans."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "counting_terms",
    "catalogue_rule",
    "customer_item",
    "demand_day",
    "product_pack",
    "stock_plan",
    "count_sheet",
    "product_file",
    "purchase_order",
    "stock_adjustment",
    "count_line",
    "replenishment_proposal",
    "purchase_line",
    "supplier_delivery",
)

GUARDS_OF_SQLITE = (
    "CREATE TRIGGER frozen_supplier_delivery_update BEFORE UPDATE ON supplier_delivery FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'supplier_delivery is append-only'); END",
    "CREATE TRIGGER frozen_supplier_delivery_delete BEFORE DELETE ON supplier_delivery FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'supplier_delivery is append-only'); END",
)

GUARDS_OF_POSTGRESQL = (
    "CREATE TRIGGER frozen_supplier_delivery_update BEFORE UPDATE ON supplier_delivery FOR EACH ROW EXECUTE FUNCTION refuse_change('supplier_delivery is append-only')",
    "CREATE TRIGGER frozen_supplier_delivery_delete BEFORE DELETE ON supplier_delivery FOR EACH ROW EXECUTE FUNCTION refuse_change('supplier_delivery is append-only')",
)

SEARCH = {
    "sqlite": (
        "CREATE VIRTUAL TABLE product_search USING fts5(text, content='', tokenize='trigram case_sensitive 1')",
        "INSERT INTO product_search(rowid, text) SELECT id, '  ' || replace(product.search_text, ' ', '  ') FROM product",
        "CREATE TRIGGER product_search_added AFTER INSERT ON product FOR EACH ROW BEGIN INSERT INTO product_search(rowid, text) VALUES (new.id, '  ' || replace(new.search_text, ' ', '  ')); END",
        "CREATE TRIGGER product_search_changed AFTER UPDATE OF search_text ON product FOR EACH ROW WHEN old.search_text <> new.search_text BEGIN INSERT INTO product_search(product_search, rowid, text) VALUES ('delete', old.id, '  ' || replace(old.search_text, ' ', '  ')); INSERT INTO product_search(rowid, text) VALUES (new.id, '  ' || replace(new.search_text, ' ', '  ')); END",
        "CREATE TRIGGER product_search_removed AFTER DELETE ON product FOR EACH ROW BEGIN INSERT INTO product_search(product_search, rowid, text) VALUES ('delete', old.id, '  ' || replace(old.search_text, ' ', '  ')); END",
    ),
    "postgresql": (
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        "CREATE INDEX ix_product_search ON product USING gin (search_text gin_trgm_ops)",
    ),
}
UNSEARCH = {
    "sqlite": (
        "DROP TRIGGER IF EXISTS product_search_added",
        "DROP TRIGGER IF EXISTS product_search_changed",
        "DROP TRIGGER IF EXISTS product_search_removed",
        "DROP TABLE IF EXISTS product_search",
    ),
    "postgresql": ("DROP INDEX IF EXISTS ix_product_search",),
}


def upgrade() -> None:
    """Make the new tables, and widen the old ones."""
    guards = _without_guards()
    _make_tables()
    _widen()
    _with_guards(guards)
    lite = op.get_bind().dialect.name == "sqlite"
    _with_guards(GUARDS_OF_SQLITE if lite else GUARDS_OF_POSTGRESQL)
    _with_guards(SEARCH[op.get_bind().dialect.name])


def downgrade() -> None:
    """Take them away; prices of one customer, by day or by quantity are lost, and so are counts; adjustments stay as receipts and issues."""
    _with_guards(UNSEARCH[op.get_bind().dialect.name])
    guards = [said for said in _without_guards() if " supplier_delivery " not in said]
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
        "counting_terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at_once_minor", sa.BigInteger(), nullable=False),
        sa.Column("tolerance_a_bp", sa.Integer(), nullable=False),
        sa.Column("tolerance_b_bp", sa.Integer(), nullable=False),
        sa.Column("tolerance_c_bp", sa.Integer(), nullable=False),
        sa.Column("lines_a_sheet", sa.Integer(), nullable=False),
        sa.CheckConstraint("at_once_minor >= 0", name=op.f("ck_counting_terms_at_once")),
        sa.CheckConstraint("lines_a_sheet BETWEEN 1 AND 200", name=op.f("ck_counting_terms_lines_a_sheet")),
        sa.CheckConstraint("id = 1", name=op.f("ck_counting_terms_one")),
        sa.CheckConstraint(
            "tolerance_a_bp BETWEEN 0 AND 10000 AND tolerance_b_bp BETWEEN 0 AND 10000 AND tolerance_c_bp BETWEEN 0 AND 10000",
            name=op.f("ck_counting_terms_tolerance"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counting_terms")),
    )
    op.create_table(
        "catalogue_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "customer_id IS NULL OR group_id IS NULL", name=op.f("ck_catalogue_rule_one_scope")
        ),
        sa.CheckConstraint(
            "(product_id IS NULL) <> (category_id IS NULL)", name=op.f("ck_catalogue_rule_one_subject")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_catalogue_rule_category_id_category")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_catalogue_rule_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["customer_group.id"], name=op.f("fk_catalogue_rule_group_id_customer_group")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_catalogue_rule_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_rule")),
    )
    op.create_index("ix_catalogue_rule_customer", "catalogue_rule", ["customer_id"])
    op.create_index("ix_catalogue_rule_group", "catalogue_rule", ["group_id"])
    op.create_index(
        "uq_catalogue_rule_category",
        "catalogue_rule",
        ["category_id"],
        unique=True,
        postgresql_where=sa.text("customer_id IS NULL AND group_id IS NULL"),
        sqlite_where=sa.text("customer_id IS NULL AND group_id IS NULL"),
    )
    op.create_index(
        "uq_catalogue_rule_category_customer", "catalogue_rule", ["category_id", "customer_id"], unique=True
    )
    op.create_index(
        "uq_catalogue_rule_category_group", "catalogue_rule", ["category_id", "group_id"], unique=True
    )
    op.create_index(
        "uq_catalogue_rule_product",
        "catalogue_rule",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("customer_id IS NULL AND group_id IS NULL"),
        sqlite_where=sa.text("customer_id IS NULL AND group_id IS NULL"),
    )
    op.create_index(
        "uq_catalogue_rule_product_customer", "catalogue_rule", ["product_id", "customer_id"], unique=True
    )
    op.create_index(
        "uq_catalogue_rule_product_group", "catalogue_rule", ["product_id", "group_id"], unique=True
    )
    op.create_table(
        "customer_item",
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_customer_item_code")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_item_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_customer_item_product_id_product")
        ),
        sa.PrimaryKeyConstraint("customer_id", "product_id", name=op.f("pk_customer_item")),
    )
    op.create_index("ix_customer_item_product", "customer_item", ["product_id"])
    op.create_index("uq_customer_item_code", "customer_item", ["customer_id", "code"], unique=True)
    op.create_table(
        "demand_day",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("out_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("ordered >= 0 AND lost >= 0 AND lines >= 0", name=op.f("ck_demand_day_counts")),
        sa.CheckConstraint("lost <= ordered", name=op.f("ck_demand_day_lost")),
        sa.CheckConstraint("out_minutes BETWEEN 0 AND 1440", name=op.f("ck_demand_day_out_minutes")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_demand_day_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_demand_day_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("product_id", "warehouse_id", "day", name=op.f("pk_demand_day")),
    )
    op.create_index("ix_demand_day_day", "demand_day", ["day"])
    op.create_table(
        "product_pack",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("name_th", sa.String(length=30), nullable=False),
        sa.Column("name_en", sa.String(length=30), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.CheckConstraint("kind IN ('pack', 'carton')", name=op.f("ck_product_pack_kind")),
        sa.CheckConstraint("units > 1", name=op.f("ck_product_pack_units")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_pack_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_pack")),
    )
    op.create_index(
        "uq_product_pack_carton",
        "product_pack",
        ["product_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'carton'"),
        sqlite_where=sa.text("kind = 'carton'"),
    )
    op.create_index(
        "uq_product_pack_gtin",
        "product_pack",
        ["gtin"],
        unique=True,
        postgresql_where=sa.text("gtin IS NOT NULL"),
        sqlite_where=sa.text("gtin IS NOT NULL"),
    )
    op.create_index("uq_product_pack_units", "product_pack", ["product_id", "kind", "units"], unique=True)
    op.create_table(
        "stock_plan",
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("method", sa.String(length=6), nullable=False),
        sa.Column("daily_mean", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("daily_sd", sa.Numeric(precision=14, scale=4), nullable=False),
        sa.Column("lead_days", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("lead_days_sd", sa.Numeric(precision=8, scale=2), nullable=False),
        sa.Column("service_bp", sa.Integer(), nullable=False),
        sa.Column("safety_stock", sa.Integer(), nullable=False),
        sa.Column("reorder_point", sa.Integer(), nullable=False),
        sa.Column("order_quantity", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=True),
        sa.Column("fixed", sa.Boolean(), nullable=False),
        sa.Column("chosen_supplier", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "supplier_id IS NOT NULL OR NOT chosen_supplier", name=op.f("ck_stock_plan_chosen_supplier")
        ),
        sa.CheckConstraint("method IN ('mean', 'tsb', 'none')", name=op.f("ck_stock_plan_method")),
        sa.CheckConstraint("most IS NULL OR most >= reorder_point", name=op.f("ck_stock_plan_most")),
        sa.CheckConstraint(
            "safety_stock >= 0 AND reorder_point >= 0 AND order_quantity > 0",
            name=op.f("ck_stock_plan_points"),
        ),
        sa.CheckConstraint("service_bp BETWEEN 5000 AND 9999", name=op.f("ck_stock_plan_service")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_stock_plan_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_stock_plan_supplier_id_supplier")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_plan_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("product_id", "warehouse_id", name=op.f("pk_stock_plan")),
    )
    op.create_index("ix_stock_plan_supplier", "stock_plan", ["supplier_id"])
    op.create_index("ix_stock_plan_warehouse", "stock_plan", ["warehouse_id"])
    op.create_table(
        "count_sheet",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("abc", sa.String(length=1), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drawn_by_id", sa.Integer(), nullable=True),
        sa.Column("counter_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state IN ('closed', 'cancelled')) = (closed_at IS NOT NULL)", name=op.f("ck_count_sheet_closed")
        ),
        sa.CheckConstraint(
            "state IN ('counting', 'recount', 'review', 'closed', 'cancelled')",
            name=op.f("ck_count_sheet_state"),
        ),
        sa.ForeignKeyConstraint(
            ["counter_id"], ["user_account.id"], name=op.f("fk_count_sheet_counter_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["drawn_by_id"], ["user_account.id"], name=op.f("fk_count_sheet_drawn_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_count_sheet_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_sheet")),
        sa.UniqueConstraint("number", name=op.f("uq_count_sheet_number")),
    )
    op.create_index("ix_count_sheet_closed", "count_sheet", ["closed_at", "id"])
    op.create_index("ix_count_sheet_state", "count_sheet", ["state", "id"])
    op.create_table(
        "product_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("title_th", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('image', 'document')", name=op.f("ck_product_file_kind")),
        sa.CheckConstraint("size > 0", name=op.f("ck_product_file_size")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_product_file_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_product_file_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_file")),
    )
    op.create_index("ix_product_file_product", "product_file", ["product_id", "kind", "position"])
    op.create_table(
        "purchase_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_on", sa.Date(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'draft') = (sent_at IS NULL) OR state = 'cancelled'",
            name=op.f("ck_purchase_order_sent"),
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'closed', 'cancelled')", name=op.f("ck_purchase_order_state")
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_purchase_order_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_purchase_order_supplier_id_supplier")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_purchase_order_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_order")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_order_number")),
    )
    op.create_index("ix_purchase_order_state", "purchase_order", ["state", "id"])
    op.create_index("ix_purchase_order_supplier", "purchase_order", ["supplier_id", "id"])
    op.create_table(
        "stock_adjustment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id",
            name=op.f("ck_stock_adjustment_another_person"),
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_stock_adjustment_decided")
        ),
        sa.CheckConstraint("quantity <> 0 OR reason = 'counted'", name=op.f("ck_stock_adjustment_quantity")),
        sa.CheckConstraint(
            "reason IN ('counted', 'damaged', 'lost', 'found', 'mistaken')",
            name=op.f("ck_stock_adjustment_reason"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'refused')", name=op.f("ck_stock_adjustment_state")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_stock_adjustment_decided_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_stock_adjustment_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"],
            ["user_account.id"],
            name=op.f("fk_stock_adjustment_proposed_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_adjustment_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_adjustment")),
        sa.UniqueConstraint("number", name=op.f("uq_stock_adjustment_number")),
    )
    op.create_index("ix_stock_adjustment_place", "stock_adjustment", ["product_id", "warehouse_id", "id"])
    op.create_index("ix_stock_adjustment_state", "stock_adjustment", ["state", "id"])
    op.create_table(
        "count_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("bin", sa.String(length=20), nullable=False),
        sa.Column("tolerance_bp", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("recounted", sa.Integer(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("counted_by_id", sa.Integer(), nullable=True),
        sa.Column("recounted_by_id", sa.Integer(), nullable=True),
        sa.Column("serials", sa.JSON(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("accurate", sa.Boolean(), nullable=True),
        sa.Column("adjustment_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "accurate IS NULL OR counted IS NOT NULL", name=op.f("ck_count_line_accurate_once_counted")
        ),
        sa.CheckConstraint("counted IS NULL OR counted >= 0", name=op.f("ck_count_line_counted")),
        sa.CheckConstraint("(counted IS NULL) = (expected IS NULL)", name=op.f("ck_count_line_expected")),
        sa.CheckConstraint(
            "recounted IS NULL OR counted IS NOT NULL", name=op.f("ck_count_line_recount_after_count")
        ),
        sa.CheckConstraint("recounted IS NULL OR recounted >= 0", name=op.f("ck_count_line_recounted")),
        sa.CheckConstraint("tolerance_bp BETWEEN 0 AND 10000", name=op.f("ck_count_line_tolerance")),
        sa.ForeignKeyConstraint(
            ["adjustment_id"],
            ["stock_adjustment.id"],
            name=op.f("fk_count_line_adjustment_id_stock_adjustment"),
        ),
        sa.ForeignKeyConstraint(
            ["counted_by_id"], ["user_account.id"], name=op.f("fk_count_line_counted_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_count_line_identity_id_identity")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_count_line_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["recounted_by_id"], ["user_account.id"], name=op.f("fk_count_line_recounted_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["sheet_id"], ["count_sheet.id"], name=op.f("fk_count_line_sheet_id_count_sheet")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_count_line")),
    )
    op.create_index("ix_count_line_adjustment", "count_line", ["adjustment_id"])
    op.create_index("ix_count_line_counted", "count_line", ["counted_at"])
    op.create_index("ix_count_line_product", "count_line", ["product_id", "sheet_id"])
    op.create_index("uq_count_line_n", "count_line", ["sheet_id", "n"], unique=True)
    op.create_table(
        "replenishment_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("available", sa.Integer(), server_default="0", nullable=False),
        sa.Column("on_order", sa.Integer(), server_default="0", nullable=False),
        sa.Column("waiting", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reorder_point", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("need_by", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("purchase_order_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)", name=op.f("ck_replenishment_proposal_decided")
        ),
        sa.CheckConstraint(
            "(state = 'accepted') = (purchase_order_id IS NOT NULL)",
            name=op.f("ck_replenishment_proposal_ordered"),
        ),
        sa.CheckConstraint(
            "position = available + on_order - waiting", name=op.f("ck_replenishment_proposal_position")
        ),
        sa.CheckConstraint(
            "quantity IS NULL OR quantity > 0", name=op.f("ck_replenishment_proposal_quantity")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'refused', 'overtaken')",
            name=op.f("ck_replenishment_proposal_state"),
        ),
        sa.CheckConstraint("wanted > 0", name=op.f("ck_replenishment_proposal_wanted")),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["user_account.id"],
            name=op.f("fk_replenishment_proposal_decided_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_replenishment_proposal_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_order_id"],
            ["purchase_order.id"],
            name=op.f("fk_replenishment_proposal_purchase_order_id_purchase_order"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_replenishment_proposal_supplier_id_supplier")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_replenishment_proposal_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replenishment_proposal")),
    )
    op.create_index(
        "ix_replenishment_proposal_place", "replenishment_proposal", ["product_id", "warehouse_id", "id"]
    )
    op.create_index("ix_replenishment_proposal_state", "replenishment_proposal", ["state", "need_by", "id"])
    op.create_index(
        "uq_replenishment_proposal_open",
        "replenishment_proposal",
        ["product_id", "warehouse_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "purchase_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purchase_order_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_cost", sa.BigInteger(), nullable=True),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_purchase_line_quantity")),
        sa.CheckConstraint("unit_cost >= 0", name=op.f("ck_purchase_line_unit_cost")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_purchase_line_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_order_id"],
            ["purchase_order.id"],
            name=op.f("fk_purchase_line_purchase_order_id_purchase_order"),
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["inbound_receipt.id"], name=op.f("fk_purchase_line_receipt_id_inbound_receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_line")),
    )
    op.create_index(
        "uq_purchase_line_product", "purchase_line", ["purchase_order_id", "product_id"], unique=True
    )
    op.create_index("uq_purchase_line_receipt", "purchase_line", ["receipt_id"], unique=True)
    op.create_table(
        "supplier_delivery",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("promised_on", sa.Date(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("arrived_on", sa.Date(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_supplier_delivery_quantity")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_supplier_delivery_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["inbound_receipt.id"],
            name=op.f("fk_supplier_delivery_receipt_id_inbound_receipt"),
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_supplier_delivery_supplier_id_supplier")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_delivery")),
    )
    op.create_index("ix_supplier_delivery_receipt", "supplier_delivery", ["receipt_id"])
    op.create_index("ix_supplier_delivery_supplier", "supplier_delivery", ["supplier_id", "arrived_on"])


def _widen() -> None:
    op.drop_index("uq_price_list_scope", table_name="price_list")
    with op.batch_alter_table("supplier") as table:
        table.add_column(sa.Column("lead_days", sa.Numeric(precision=8, scale=2), nullable=True))
        table.add_column(sa.Column("lead_days_sd", sa.Numeric(precision=8, scale=2), nullable=True))
        table.add_column(sa.Column("deliveries", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("measured_on", sa.Date(), nullable=True))
        table.add_column(
            sa.Column(
                "order_cost_minor",
                sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
                server_default="0",
                nullable=False,
            )
        )
        table.add_column(sa.Column("email", sa.String(length=254), server_default="", nullable=False))
        table.create_check_constraint(op.f("ck_supplier_lead_days"), "lead_days >= 0")
        table.create_check_constraint(op.f("ck_supplier_lead_days_sd"), "lead_days_sd >= 0")
        table.create_check_constraint(op.f("ck_supplier_order_cost"), "order_cost_minor >= 0")
    with op.batch_alter_table("product") as table:
        table.add_column(
            sa.Column("lifecycle", sa.String(length=12), server_default="active", nullable=False)
        )
        table.add_column(sa.Column("successor_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("order_least", sa.Integer(), server_default="1", nullable=False))
        table.add_column(sa.Column("order_multiple", sa.Integer(), server_default="1", nullable=False))
        table.add_column(sa.Column("order_most", sa.Integer(), nullable=True))
        table.add_column(sa.Column("weight_g", sa.Integer(), nullable=True))
        table.add_column(sa.Column("volume_cm3", sa.Integer(), nullable=True))
        table.add_column(sa.Column("shelf_life_days", sa.Integer(), nullable=True))
        table.add_column(sa.Column("abc", sa.String(length=1), nullable=True))
    op.execute("UPDATE product SET lifecycle = 'discontinued' WHERE NOT active")
    op.execute(
        """INSERT INTO product_pack (product_id, kind, name_th, name_en, units)
        SELECT id, 'carton', 'ลัง', 'carton', units_per_carton FROM product WHERE units_per_carton > 1"""
    )
    with op.batch_alter_table("product") as table:
        table.drop_constraint(op.f("ck_product_units_per_carton"), type_="check")
        table.drop_column("units_per_carton")
        table.create_foreign_key(op.f("fk_product_successor_id_product"), "product", ["successor_id"], ["id"])
        table.create_check_constraint(op.f("ck_product_abc"), "abc IN ('A', 'B', 'C')")
        table.create_check_constraint(
            op.f("ck_product_active_until_discontinued"), "active = (lifecycle <> 'discontinued')"
        )
        table.create_check_constraint(op.f("ck_product_another_successor"), "successor_id <> id")
        table.create_check_constraint(
            op.f("ck_product_lifecycle"), "lifecycle IN ('new', 'active', 'phase_out', 'discontinued')"
        )
        table.create_check_constraint(op.f("ck_product_order_most"), "order_most >= order_least")
        table.create_check_constraint(
            op.f("ck_product_order_quantity"), "order_least > 0 AND order_multiple > 0"
        )
        table.create_check_constraint(op.f("ck_product_shelf_life"), "shelf_life_days > 0")
        table.create_check_constraint(op.f("ck_product_volume"), "volume_cm3 > 0")
        table.create_check_constraint(op.f("ck_product_weight"), "weight_g > 0")
    with op.batch_alter_table("price_list") as table:
        table.add_column(sa.Column("name_th", sa.String(length=120), server_default="", nullable=False))
        table.add_column(sa.Column("name_en", sa.String(length=120), server_default="", nullable=False))
        table.add_column(sa.Column("customer_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("group_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        table.add_column(sa.Column("valid_until", sa.Date(), nullable=True))
        table.create_foreign_key(
            op.f("fk_price_list_customer_id_customer"), "customer", ["customer_id"], ["id"]
        )
        table.create_foreign_key(
            op.f("fk_price_list_group_id_customer_group"), "customer_group", ["group_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_price_list_one_scope"), "customer_id IS NULL OR group_id IS NULL"
        )
        table.create_check_constraint(
            op.f("ck_price_list_valid"), "valid_until IS NULL OR valid_until >= valid_from"
        )
    with op.batch_alter_table("stock") as table:
        table.add_column(sa.Column("bin", sa.String(length=20), server_default="", nullable=False))
    with op.batch_alter_table("movement") as table:
        table.drop_constraint(op.f("ck_movement_sign"), type_="check")
        table.create_check_constraint(
            op.f("ck_movement_sign"),
            "(kind IN ('issue', 'transfer_out', 'scrap', 'pool') AND quantity < 0) OR (kind IN ('opening', 'receipt', 'return', 'transfer_in') AND quantity > 0) OR (kind IN ('hold', 'release', 'adjustment') AND quantity <> 0)",
        )
    with op.batch_alter_table("price") as table:
        table.add_column(sa.Column("from_units", sa.Integer(), server_default="1", nullable=False))
        table.create_check_constraint(op.f("ck_price_from_units"), "from_units > 0")
        table.drop_constraint(op.f("pk_price"), type_="primary")
        table.create_primary_key(op.f("pk_price"), ["price_list_id", "product_id", "from_units"])
    with op.batch_alter_table("inbound_receipt") as table:
        table.add_column(sa.Column("ordered_on", sa.Date(), nullable=True))
    op.create_index("ix_price_list_tier", "price_list", ["currency", "tier"])
    op.create_index(
        "uq_price_list_customer", "price_list", ["customer_id", "currency", "valid_from"], unique=True
    )
    op.create_index(
        "uq_price_list_customer_always",
        "price_list",
        ["customer_id", "currency"],
        unique=True,
        postgresql_where=sa.text("valid_from IS NULL"),
        sqlite_where=sa.text("valid_from IS NULL"),
    )
    op.create_index("uq_price_list_group", "price_list", ["group_id", "currency", "valid_from"], unique=True)
    op.create_index(
        "uq_price_list_group_always",
        "price_list",
        ["group_id", "currency"],
        unique=True,
        postgresql_where=sa.text("valid_from IS NULL"),
        sqlite_where=sa.text("valid_from IS NULL"),
    )
    op.create_index(
        "uq_price_list_tier",
        "price_list",
        ["currency", "tier", "valid_from"],
        unique=True,
        postgresql_where=sa.text("customer_id IS NULL AND group_id IS NULL"),
        sqlite_where=sa.text("customer_id IS NULL AND group_id IS NULL"),
    )
    op.create_index(
        "uq_price_list_tier_always",
        "price_list",
        ["currency", "tier"],
        unique=True,
        postgresql_where=sa.text("customer_id IS NULL AND group_id IS NULL AND valid_from IS NULL"),
        sqlite_where=sa.text("customer_id IS NULL AND group_id IS NULL AND valid_from IS NULL"),
    )
    op.create_index("ix_product_successor", "product", ["successor_id"])


def _forget() -> None:
    """Take back what the former tables cannot hold."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute("ALTER TABLE movement DISABLE TRIGGER USER")
    dropped = (
        "customer_id IS NOT NULL OR group_id IS NOT NULL OR valid_from IS NOT NULL OR valid_until IS NOT NULL"
    )
    for statement in (
        "DELETE FROM price WHERE from_units > 1",
        f"DELETE FROM price WHERE price_list_id IN (SELECT id FROM price_list WHERE {dropped})",
        f"DELETE FROM price_list WHERE {dropped}",
        """UPDATE movement SET kind = CASE WHEN quantity > 0 THEN 'receipt' ELSE 'issue' END
        WHERE kind = 'adjustment'""",
    ):
        op.execute(statement)
    if postgresql:
        op.execute("ALTER TABLE movement ENABLE TRIGGER USER")


def _narrow() -> None:
    op.drop_index("ix_price_list_tier", table_name="price_list")
    op.drop_index("uq_price_list_customer", table_name="price_list")
    op.drop_index("uq_price_list_customer_always", table_name="price_list")
    op.drop_index("uq_price_list_group", table_name="price_list")
    op.drop_index("uq_price_list_group_always", table_name="price_list")
    op.drop_index("uq_price_list_tier", table_name="price_list")
    op.drop_index("uq_price_list_tier_always", table_name="price_list")
    op.drop_index("ix_product_successor", table_name="product")
    with op.batch_alter_table("inbound_receipt") as table:
        table.drop_column("ordered_on")
    with op.batch_alter_table("price") as table:
        table.drop_constraint(op.f("ck_price_from_units"), type_="check")
        table.drop_constraint(op.f("pk_price"), type_="primary")
        table.create_primary_key(op.f("pk_price"), ["price_list_id", "product_id"])
        table.drop_column("from_units")
    with op.batch_alter_table("movement") as table:
        table.drop_constraint(op.f("ck_movement_sign"), type_="check")
        table.create_check_constraint(
            op.f("ck_movement_sign"),
            "(kind IN ('issue', 'transfer_out', 'scrap', 'pool') AND quantity < 0) OR (kind IN ('opening', 'receipt', 'return', 'transfer_in') AND quantity > 0) OR (kind IN ('hold', 'release') AND quantity <> 0)",
        )
    with op.batch_alter_table("stock") as table:
        table.drop_column("bin")
    with op.batch_alter_table("price_list") as table:
        table.drop_constraint(op.f("ck_price_list_one_scope"), type_="check")
        table.drop_constraint(op.f("ck_price_list_valid"), type_="check")
        table.drop_constraint(op.f("fk_price_list_customer_id_customer"), type_="foreignkey")
        table.drop_constraint(op.f("fk_price_list_group_id_customer_group"), type_="foreignkey")
        table.drop_column("valid_until")
        table.drop_column("valid_from")
        table.drop_column("group_id")
        table.drop_column("customer_id")
        table.drop_column("name_en")
        table.drop_column("name_th")
    with op.batch_alter_table("product") as table:
        table.add_column(sa.Column("units_per_carton", sa.Integer(), server_default="1", nullable=False))
    op.execute(
        """UPDATE product SET units_per_carton = (SELECT max(k.units) FROM product_pack k
          WHERE k.product_id = product.id AND k.kind = 'carton')
        WHERE id IN (SELECT product_id FROM product_pack WHERE kind = 'carton')"""
    )
    with op.batch_alter_table("product") as table:
        table.alter_column("units_per_carton", existing_type=sa.Integer(), server_default=None)
        table.drop_constraint(op.f("ck_product_abc"), type_="check")
        table.drop_constraint(op.f("ck_product_active_until_discontinued"), type_="check")
        table.drop_constraint(op.f("ck_product_another_successor"), type_="check")
        table.drop_constraint(op.f("ck_product_lifecycle"), type_="check")
        table.drop_constraint(op.f("ck_product_order_most"), type_="check")
        table.drop_constraint(op.f("ck_product_order_quantity"), type_="check")
        table.drop_constraint(op.f("ck_product_shelf_life"), type_="check")
        table.drop_constraint(op.f("ck_product_volume"), type_="check")
        table.drop_constraint(op.f("ck_product_weight"), type_="check")
        table.drop_constraint(op.f("fk_product_successor_id_product"), type_="foreignkey")
        table.drop_column("abc")
        table.drop_column("shelf_life_days")
        table.drop_column("volume_cm3")
        table.drop_column("weight_g")
        table.drop_column("order_most")
        table.drop_column("order_multiple")
        table.drop_column("order_least")
        table.drop_column("successor_id")
        table.drop_column("lifecycle")
        table.create_check_constraint(op.f("ck_product_units_per_carton"), "units_per_carton > 0")
    with op.batch_alter_table("supplier") as table:
        table.drop_constraint(op.f("ck_supplier_lead_days"), type_="check")
        table.drop_constraint(op.f("ck_supplier_lead_days_sd"), type_="check")
        table.drop_constraint(op.f("ck_supplier_order_cost"), type_="check")
        table.drop_column("email")
        table.drop_column("order_cost_minor")
        table.drop_column("measured_on")
        table.drop_column("deliveries")
        table.drop_column("lead_days_sd")
        table.drop_column("lead_days")
    op.create_index("uq_price_list_scope", "price_list", ["currency", "tier"], unique=True)
