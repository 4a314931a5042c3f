"""The tables that the portal begins with, and the triggers that keep settled rows as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GUARDS = {
    "sqlite": (
        "CREATE TRIGGER frozen_policy_columns BEFORE UPDATE OF code, name_th, name_en, scope, tier, customer_id ON policy FOR EACH ROW WHEN OLD.code IS NOT NEW.code OR OLD.name_th IS NOT NEW.name_th OR OLD.name_en IS NOT NEW.name_en OR OLD.scope IS NOT NEW.scope OR OLD.tier IS NOT NEW.tier OR OLD.customer_id IS NOT NEW.customer_id BEGIN SELECT RAISE(ABORT, 'policy keeps code, name_th, name_en, scope, tier, customer_id'); END",
        "CREATE TRIGGER frozen_stored_document_update BEFORE UPDATE ON stored_document FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'stored_document is append-only'); END",
        "CREATE TRIGGER frozen_stored_document_delete BEFORE DELETE ON stored_document FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'stored_document is append-only'); END",
        "CREATE TRIGGER frozen_audit_entry_update BEFORE UPDATE ON audit_entry FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        "CREATE TRIGGER frozen_audit_entry_delete BEFORE DELETE ON audit_entry FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END",
        "CREATE TRIGGER frozen_movement_update BEFORE UPDATE ON movement FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'movement is append-only'); END",
        "CREATE TRIGGER frozen_movement_delete BEFORE DELETE ON movement FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'movement is append-only'); END",
        "CREATE TRIGGER frozen_policy_version_update BEFORE UPDATE ON policy_version FOR EACH ROW WHEN OLD.state = 'published' BEGIN SELECT RAISE(ABORT, 'policy_version is frozen'); END",
        "CREATE TRIGGER frozen_policy_version_delete BEFORE DELETE ON policy_version FOR EACH ROW WHEN OLD.state = 'published' BEGIN SELECT RAISE(ABORT, 'policy_version is frozen'); END",
        "CREATE TRIGGER frozen_service_level_insert BEFORE INSERT ON service_level FOR EACH ROW WHEN EXISTS (SELECT 1 FROM policy_version WHERE id IN (NEW.version_id) AND state = 'published') BEGIN SELECT RAISE(ABORT, 'service_level of a published policy_version is frozen'); END",
        "CREATE TRIGGER frozen_service_level_update BEFORE UPDATE ON service_level FOR EACH ROW WHEN EXISTS (SELECT 1 FROM policy_version WHERE id IN (OLD.version_id, NEW.version_id) AND state = 'published') BEGIN SELECT RAISE(ABORT, 'service_level of a published policy_version is frozen'); END",
        "CREATE TRIGGER frozen_service_level_delete BEFORE DELETE ON service_level FOR EACH ROW WHEN EXISTS (SELECT 1 FROM policy_version WHERE id IN (OLD.version_id) AND state = 'published') BEGIN SELECT RAISE(ABORT, 'service_level of a published policy_version is frozen'); END",
        "CREATE TRIGGER frozen_promise_columns BEFORE UPDATE OF original_due_at, made_at, version_id, service_level_id ON promise FOR EACH ROW WHEN OLD.original_due_at IS NOT NEW.original_due_at OR OLD.made_at IS NOT NEW.made_at OR OLD.version_id IS NOT NEW.version_id OR OLD.service_level_id IS NOT NEW.service_level_id BEGIN SELECT RAISE(ABORT, 'promise keeps original_due_at, made_at, version_id, service_level_id'); END",
        "CREATE TRIGGER frozen_promise_event_update BEFORE UPDATE ON promise_event FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'promise_event is append-only'); END",
        "CREATE TRIGGER frozen_promise_event_delete BEFORE DELETE ON promise_event FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'promise_event is append-only'); END",
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END$$",
        "CREATE TRIGGER frozen_policy_columns BEFORE UPDATE OF code, name_th, name_en, scope, tier, customer_id ON policy FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code OR OLD.name_th IS DISTINCT FROM NEW.name_th OR OLD.name_en IS DISTINCT FROM NEW.name_en OR OLD.scope IS DISTINCT FROM NEW.scope OR OLD.tier IS DISTINCT FROM NEW.tier OR OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION refuse_change('policy keeps code, name_th, name_en, scope, tier, customer_id')",
        "CREATE TRIGGER frozen_stored_document_update BEFORE UPDATE ON stored_document FOR EACH ROW EXECUTE FUNCTION refuse_change('stored_document is append-only')",
        "CREATE TRIGGER frozen_stored_document_delete BEFORE DELETE ON stored_document FOR EACH ROW EXECUTE FUNCTION refuse_change('stored_document is append-only')",
        "CREATE TRIGGER frozen_audit_entry_update BEFORE UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_entry is append-only')",
        "CREATE TRIGGER frozen_audit_entry_delete BEFORE DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION refuse_change('audit_entry is append-only')",
        "CREATE TRIGGER frozen_movement_update BEFORE UPDATE ON movement FOR EACH ROW EXECUTE FUNCTION refuse_change('movement is append-only')",
        "CREATE TRIGGER frozen_movement_delete BEFORE DELETE ON movement FOR EACH ROW EXECUTE FUNCTION refuse_change('movement is append-only')",
        "CREATE TRIGGER frozen_policy_version_update BEFORE UPDATE ON policy_version FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION refuse_change('policy_version is frozen')",
        "CREATE TRIGGER frozen_policy_version_delete BEFORE DELETE ON policy_version FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION refuse_change('policy_version is frozen')",
        "CREATE OR REPLACE FUNCTION frozen_service_level_insert() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM 1 FROM policy_version WHERE id IN (NEW.version_id) FOR SHARE; IF EXISTS (SELECT 1 FROM policy_version WHERE id IN (NEW.version_id) AND state = 'published') THEN RAISE EXCEPTION USING MESSAGE = 'service_level of a published policy_version is frozen', ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END$$",
        "CREATE TRIGGER frozen_service_level_insert BEFORE INSERT ON service_level FOR EACH ROW EXECUTE FUNCTION frozen_service_level_insert()",
        "CREATE OR REPLACE FUNCTION frozen_service_level_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM 1 FROM policy_version WHERE id IN (OLD.version_id, NEW.version_id) FOR SHARE; IF EXISTS (SELECT 1 FROM policy_version WHERE id IN (OLD.version_id, NEW.version_id) AND state = 'published') THEN RAISE EXCEPTION USING MESSAGE = 'service_level of a published policy_version is frozen', ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END$$",
        "CREATE TRIGGER frozen_service_level_update BEFORE UPDATE ON service_level FOR EACH ROW EXECUTE FUNCTION frozen_service_level_update()",
        "CREATE OR REPLACE FUNCTION frozen_service_level_delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN PERFORM 1 FROM policy_version WHERE id IN (OLD.version_id) FOR SHARE; IF EXISTS (SELECT 1 FROM policy_version WHERE id IN (OLD.version_id) AND state = 'published') THEN RAISE EXCEPTION USING MESSAGE = 'service_level of a published policy_version is frozen', ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END$$",
        "CREATE TRIGGER frozen_service_level_delete BEFORE DELETE ON service_level FOR EACH ROW EXECUTE FUNCTION frozen_service_level_delete()",
        "CREATE TRIGGER frozen_promise_columns BEFORE UPDATE OF original_due_at, made_at, version_id, service_level_id ON promise FOR EACH ROW WHEN (OLD.original_due_at IS DISTINCT FROM NEW.original_due_at OR OLD.made_at IS DISTINCT FROM NEW.made_at OR OLD.version_id IS DISTINCT FROM NEW.version_id OR OLD.service_level_id IS DISTINCT FROM NEW.service_level_id) EXECUTE FUNCTION refuse_change('promise keeps original_due_at, made_at, version_id, service_level_id')",
        "CREATE TRIGGER frozen_promise_event_update BEFORE UPDATE ON promise_event FOR EACH ROW EXECUTE FUNCTION refuse_change('promise_event is append-only')",
        "CREATE TRIGGER frozen_promise_event_delete BEFORE DELETE ON promise_event FOR EACH ROW EXECUTE FUNCTION refuse_change('promise_event is append-only')",
    ),
}
FUNCTIONS = (
    "frozen_service_level_delete",
    "frozen_service_level_insert",
    "frozen_service_level_update",
    "refuse_change",
)


def upgrade() -> None:
    """Make every table, then put up the guards."""
    op.create_table(
        "business_calendar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("week", sa.String(length=7), nullable=False),
        sa.CheckConstraint("length(week) = 7 AND week <> '0000000'", name=op.f("ck_business_calendar_week")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_business_calendar")),
        sa.UniqueConstraint("code", name=op.f("uq_business_calendar_code")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name_th", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("code", name=op.f("uq_category_code")),
    )
    op.create_table(
        "customer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name_th", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("tier", sa.String(length=12), nullable=False),
        sa.Column("tax_id", sa.String(length=20), nullable=True),
        sa.Column("branch", sa.String(length=60), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("contact", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('retail', 'wholesale')", name=op.f("ck_customer_kind")),
        sa.CheckConstraint("language IN ('th', 'en')", name=op.f("ck_customer_language")),
        sa.CheckConstraint("tier IN ('standard', 'silver', 'gold')", name=op.f("ck_customer_tier")),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_customer_currency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer")),
        sa.UniqueConstraint("code", name=op.f("uq_customer_code")),
    )
    op.create_index("ix_customer_name_th", "customer", ["name_th"], unique=False)
    op.create_table(
        "heartbeat",
        sa.Column("process", sa.String(length=30), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "installation_fact",
        sa.Column("name", sa.String(length=30), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installation_fact")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('running', 'ok', 'failed')", name=op.f("ck_job_run_outcome")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
    )
    op.create_index("ix_job_run_job", "job_run", ["job", "id"], unique=False)
    op.create_table(
        "number_series",
        sa.Column("series", sa.String(length=32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_number_series")),
    )
    op.create_table(
        "price_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("tier", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_list")),
        sa.UniqueConstraint("code", name=op.f("uq_price_list_code")),
    )
    op.create_index("uq_price_list_scope", "price_list", ["currency", "tier"], unique=True)
    op.create_table(
        "supplier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_th", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("usual_delay_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("usual_delay_days >= 0", name=op.f("ck_supplier_usual_delay_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier")),
        sa.UniqueConstraint("code", name=op.f("uq_supplier_code")),
    )
    op.create_table(
        "warehouse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("name_th", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("address_th", sa.String(length=300), nullable=False),
        sa.Column("address_en", sa.String(length=300), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse")),
        sa.UniqueConstraint("code", name=op.f("uq_warehouse_code")),
    )
    op.create_table(
        "calendar_closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name_th", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("public_holiday", sa.Boolean(), nullable=False),
        sa.Column("declared_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["business_calendar.id"],
            name=op.f("fk_calendar_closure_calendar_id_business_calendar"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_closure")),
    )
    op.create_index("uq_calendar_closure_day", "calendar_closure", ["calendar_id", "day"], unique=True)
    op.create_table(
        "customer_address",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("line_th", sa.String(length=300), nullable=False),
        sa.Column("line_en", sa.String(length=300), nullable=False),
        sa.Column("province", sa.String(length=5), nullable=True),
        sa.Column("postcode", sa.String(length=12), nullable=True),
        sa.Column("country", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_address_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_address")),
    )
    op.create_index(
        op.f("ix_customer_address_customer_id"), "customer_address", ["customer_id"], unique=False
    )
    op.create_table(
        "policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_th", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("scope", sa.String(length=10), nullable=False),
        sa.Column("tier", sa.String(length=12), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(scope = 'customer') = (customer_id IS NOT NULL)", name=op.f("ck_policy_customer_scope")
        ),
        sa.CheckConstraint("(scope = 'tier') = (tier IS NOT NULL)", name=op.f("ck_policy_tier_scope")),
        sa.CheckConstraint("scope IN ('customer', 'tier', 'default')", name=op.f("ck_policy_scope")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_policy_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy")),
        sa.UniqueConstraint("code", name=op.f("uq_policy_code")),
    )
    op.create_index("uq_policy_customer", "policy", ["customer_id"], unique=True)
    op.create_index(
        "uq_policy_default",
        "policy",
        ["scope"],
        unique=True,
        postgresql_where=sa.text("scope = 'default'"),
        sqlite_where=sa.text("scope = 'default'"),
    )
    op.create_index("uq_policy_tier", "policy", ["tier"], unique=True)
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=40), nullable=False),
        sa.Column("name_th", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("brand", sa.String(length=80), nullable=False),
        sa.Column("brand_th", sa.String(length=80), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("unit_th", sa.String(length=30), nullable=False),
        sa.Column("unit_en", sa.String(length=30), nullable=False),
        sa.Column("units_per_carton", sa.Integer(), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("tracking", sa.String(length=8), nullable=False),
        sa.Column("warranty_months", sa.Integer(), nullable=True),
        sa.Column("replenishment_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("search_text", sa.String(length=700), nullable=False),
        sa.Column("sort_th", sa.String(length=200), nullable=False),
        sa.Column("sort_en", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tracking IN ('none', 'serial')", name=op.f("ck_product_tracking")),
        sa.CheckConstraint(
            "replenishment_days BETWEEN 0 AND 730", name=op.f("ck_product_replenishment_days")
        ),
        sa.CheckConstraint("units_per_carton > 0", name=op.f("ck_product_units_per_carton")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_product_category_id_category")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("sku", name=op.f("uq_product_sku")),
    )
    op.create_index("ix_product_category", "product", ["category_id"], unique=False)
    op.create_index(op.f("ix_product_gtin"), "product", ["gtin"], unique=False)
    op.create_index("ix_product_sort_en", "product", ["sort_en", "id"], unique=False)
    op.create_index("ix_product_sort_th", "product", ["sort_th", "id"], unique=False)
    op.create_table(
        "service_area",
        sa.Column("province", sa.String(length=5), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("transit_days", sa.Integer(), nullable=False),
        sa.CheckConstraint("transit_days BETWEEN 0 AND 60", name=op.f("ck_service_area_transit_days")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_service_area_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("province", name=op.f("pk_service_area")),
    )
    op.create_table(
        "stored_document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject_no", sa.String(length=60), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_stored_document_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_document")),
    )
    op.create_index(
        "uq_stored_document_subject", "stored_document", ["kind", "subject_no", "edition"], unique=True
    )
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("failed_sign_ins", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(role = 'buyer') = (customer_id IS NOT NULL)", name=op.f("ck_user_account_company")
        ),
        sa.CheckConstraint("language IN ('th', 'en')", name=op.f("ck_user_account_language")),
        sa.CheckConstraint(
            "role IN ('buyer', 'staff', 'manager', 'admin')", name=op.f("ck_user_account_role")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_user_account_email_lower")),
        sa.CheckConstraint("failed_sign_ins >= 0", name=op.f("ck_user_account_failed_sign_ins")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_user_account_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_account")),
        sa.UniqueConstraint("email", name=op.f("uq_user_account_email")),
    )
    op.create_index(op.f("ix_user_account_customer_id"), "user_account", ["customer_id"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=30), nullable=False),
        sa.Column("subject_no", sa.String(length=60), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_audit_entry_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(
        "ix_audit_entry_subject", "audit_entry", ["subject_kind", "subject_no", "id"], unique=False
    )
    op.create_table(
        "basket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_basket_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basket")),
        sa.UniqueConstraint("user_id", name=op.f("uq_basket_user_id")),
    )
    op.create_table(
        "customer_order",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("buyer_id", sa.Integer(), nullable=True),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("idempotency_key", sa.String(length=80), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=True),
        sa.Column("po_number", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("ship_to_th", sa.String(length=400), nullable=False),
        sa.Column("ship_to_en", sa.String(length=400), nullable=False),
        sa.Column("transit_days", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("vat_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("total_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("origin IN ('portal', 'import')", name=op.f("ck_customer_order_origin")),
        sa.CheckConstraint("total_minor = net_minor + vat_minor", name=op.f("ck_customer_order_total")),
        sa.ForeignKeyConstraint(
            ["buyer_id"], ["user_account.id"], name=op.f("fk_customer_order_buyer_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_customer_order_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_customer_order_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_order")),
        sa.UniqueConstraint("number", name=op.f("uq_customer_order_number")),
    )
    op.create_index(
        "ix_customer_order_customer", "customer_order", ["customer_id", "placed_at", "id"], unique=False
    )
    op.create_index(
        "ix_customer_order_open",
        "customer_order",
        ["placed_at", "id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_index("ix_customer_order_placed", "customer_order", ["placed_at", "id"], unique=False)
    op.create_index(
        "uq_customer_order_key", "customer_order", ["customer_id", "idempotency_key"], unique=True
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("tables", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claim", sa.String(length=32), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'queued', 'running', 'done', 'failed')", name=op.f("ck_import_run_state")
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1000", name=op.f("ck_import_run_progress")),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_import_run_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_index("ix_import_run_state", "import_run", ["state", "id"], unique=False)
    op.create_table(
        "inbound_receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("claimed", sa.Integer(), nullable=False),
        sa.Column("original_expected_on", sa.Date(), nullable=False),
        sa.Column("expected_on", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "claimed >= 0 AND claimed <= quantity - received", name=op.f("ck_inbound_receipt_claimed")
        ),
        sa.CheckConstraint(
            "closed_at IS NULL OR claimed = 0", name=op.f("ck_inbound_receipt_closed_unclaimed")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_inbound_receipt_quantity")),
        sa.CheckConstraint("received BETWEEN 0 AND quantity", name=op.f("ck_inbound_receipt_received")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_inbound_receipt_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name=op.f("fk_inbound_receipt_supplier_id_supplier")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_inbound_receipt_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound_receipt")),
        sa.UniqueConstraint("number", name=op.f("uq_inbound_receipt_number")),
    )
    op.create_index(
        "ix_inbound_receipt_open",
        "inbound_receipt",
        ["product_id", "warehouse_id", "expected_on"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "job_request",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_job_request_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_request")),
    )
    op.create_table(
        "movement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("cause_no", sa.String(length=60), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'issue' AND quantity < 0) OR (kind <> 'issue' AND quantity > 0)",
            name=op.f("ck_movement_sign"),
        ),
        sa.CheckConstraint(
            "kind IN ('opening', 'receipt', 'issue', 'return')", name=op.f("ck_movement_kind")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["user_account.id"], name=op.f("fk_movement_by_id_user_account")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_movement_product_id_product")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_movement_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
    )
    op.create_index("ix_movement_place", "movement", ["product_id", "warehouse_id", "id"], unique=False)
    op.create_index(
        "uq_movement_cause", "movement", ["kind", "cause_no", "product_id", "warehouse_id"], unique=True
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(length=80), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "mail_state IN ('due', 'sending', 'sent', 'failed')", name=op.f("ck_notice_mail_state")
        ),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_notice_attempts")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_notice_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_notice_key")),
    )
    op.create_index(
        "ix_notice_due",
        "notice",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("mail_state IN ('due', 'sending')"),
        sqlite_where=sa.text("mail_state IN ('due', 'sending')"),
    )
    op.create_index("ix_notice_reader", "notice", ["user_id", "id"], unique=False)
    op.create_table(
        "policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("intro_th", sa.Text(), nullable=False),
        sa.Column("intro_en", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("publisher_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state = 'draft' OR (valid_from IS NOT NULL AND published_at IS NOT NULL AND publisher_id IS NOT NULL)",
            name=op.f("ck_policy_version_published_complete"),
        ),
        sa.CheckConstraint("state IN ('draft', 'published')", name=op.f("ck_policy_version_state")),
        sa.CheckConstraint("number > 0", name=op.f("ck_policy_version_number")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user_account.id"], name=op.f("fk_policy_version_author_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id"], ["policy.id"], name=op.f("fk_policy_version_policy_id_policy")
        ),
        sa.ForeignKeyConstraint(
            ["publisher_id"], ["user_account.id"], name=op.f("fk_policy_version_publisher_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_version")),
    )
    op.create_index("uq_policy_version_number", "policy_version", ["policy_id", "number"], unique=True)
    op.create_index(
        "uq_policy_version_valid_from",
        "policy_version",
        ["policy_id", "valid_from"],
        unique=True,
        postgresql_where=sa.text("state = 'published'"),
        sqlite_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "price",
        sa.Column("price_list_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("unit_price > 0", name=op.f("ck_price_positive")),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_list.id"], name=op.f("fk_price_price_list_id_price_list")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_price_product_id_product")),
        sa.PrimaryKeyConstraint("price_list_id", "product_id", name=op.f("pk_price")),
    )
    op.create_index(op.f("ix_price_product_id"), "price", ["product_id"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_sign_in_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    op.create_index(op.f("ix_sign_in_user_id"), "sign_in", ["user_id"], unique=False)
    op.create_table(
        "stock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.CheckConstraint("reserved <= on_hand", name=op.f("ck_stock_reserved_within_on_hand")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_reserved_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_stock_product_id_product")),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_stock_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock")),
    )
    op.create_index("uq_stock_place", "stock", ["product_id", "warehouse_id"], unique=True)
    op.create_table(
        "basket_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("basket_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_basket_line_quantity")),
        sa.ForeignKeyConstraint(["basket_id"], ["basket.id"], name=op.f("fk_basket_line_basket_id_basket")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_basket_line_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basket_line")),
    )
    op.create_index("uq_basket_line_product", "basket_line", ["basket_id", "product_id"], unique=True)
    op.create_table(
        "credit_note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("vat_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("total_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issued_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("net_minor >= 0 AND vat_minor >= 0", name=op.f("ck_credit_note_positive")),
        sa.CheckConstraint("total_minor = net_minor + vat_minor", name=op.f("ck_credit_note_total")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_credit_note_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["issued_by_id"], ["user_account.id"], name=op.f("fk_credit_note_issued_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_credit_note_order_id_customer_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_note")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_note_number")),
    )
    op.create_index("ix_credit_note_customer", "credit_note", ["customer_id", "issued_at"], unique=False)
    op.create_index("ix_credit_note_order", "credit_note", ["order_id"], unique=False)
    op.create_table(
        "import_problem",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sheet", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=200), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.Column("message", sa.String(length=300), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["import_run.id"],
            name=op.f("fk_import_problem_run_id_import_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problem")),
    )
    op.create_index("ix_import_problem_run", "import_problem", ["run_id", "id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=40), nullable=False),
        sa.Column("name_th", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("unit_th", sa.String(length=30), nullable=False),
        sa.Column("unit_en", sa.String(length=30), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("discount_bp", sa.Integer(), nullable=False),
        sa.Column("vat_rate_bp", sa.Integer(), nullable=False),
        sa.Column("net_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("vat_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("first_shipped", sa.Integer(), nullable=True),
        sa.Column("first_shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("cancelled BETWEEN 0 AND ordered", name=op.f("ck_order_line_cancelled")),
        sa.CheckConstraint("discount_bp BETWEEN 0 AND 10000", name=op.f("ck_order_line_discount")),
        sa.CheckConstraint("ordered > 0", name=op.f("ck_order_line_ordered")),
        sa.CheckConstraint("returned BETWEEN 0 AND ordered - cancelled", name=op.f("ck_order_line_returned")),
        sa.CheckConstraint("short BETWEEN 0 AND ordered", name=op.f("ck_order_line_short")),
        sa.CheckConstraint("vat_rate_bp BETWEEN 0 AND 10000", name=op.f("ck_order_line_vat_rate")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_order_line_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_order_line_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index("ix_order_line_product", "order_line", ["product_id"], unique=False)
    op.create_index("uq_order_line_n", "order_line", ["order_id", "n"], unique=True)
    op.create_table(
        "reservation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=60), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("receipt_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("held >= 0 AND held <= quantity", name=op.f("ck_reservation_held")),
        sa.CheckConstraint(
            "receipt_id IS NULL OR held < quantity", name=op.f("ck_reservation_receipt_while_waiting")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_reservation_product_id_product")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["inbound_receipt.id"], name=op.f("fk_reservation_receipt_id_inbound_receipt")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_reservation_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation")),
        sa.UniqueConstraint("purpose", name=op.f("uq_reservation_purpose")),
    )
    op.create_index(
        "ix_reservation_open",
        "reservation",
        ["product_id"],
        unique=False,
        postgresql_where=sa.text("quantity > 0"),
        sqlite_where=sa.text("quantity > 0"),
    )
    op.create_index(
        "ix_reservation_receipt",
        "reservation",
        ["receipt_id"],
        unique=False,
        postgresql_where=sa.text("receipt_id IS NOT NULL"),
        sqlite_where=sa.text("receipt_id IS NOT NULL"),
    )
    op.create_index(
        "ix_reservation_waiting",
        "reservation",
        ["product_id", "warehouse_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("held < quantity"),
        sqlite_where=sa.text("held < quantity"),
    )
    op.create_table(
        "service_level",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("convention", sa.String(length=20), nullable=True),
        sa.Column("cut_off", sa.Time(), nullable=True),
        sa.Column("target_bp", sa.Integer(), nullable=False),
        sa.Column("compensation_bp_per_day", sa.Integer(), nullable=False),
        sa.Column("compensation_cap_bp", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'lead_time') = (days IS NOT NULL AND convention IS NOT NULL)",
            name=op.f("ck_service_level_lead_time"),
        ),
        sa.CheckConstraint(
            "convention IN ('calendar_inclusive', 'calendar', 'working')",
            name=op.f("ck_service_level_convention"),
        ),
        sa.CheckConstraint("kind IN ('lead_time', 'line_fill')", name=op.f("ck_service_level_kind")),
        sa.CheckConstraint(
            "compensation_bp_per_day BETWEEN 0 AND 10000", name=op.f("ck_service_level_compensation")
        ),
        sa.CheckConstraint(
            "compensation_cap_bp BETWEEN compensation_bp_per_day AND 10000",
            name=op.f("ck_service_level_compensation_cap"),
        ),
        sa.CheckConstraint("days IS NULL OR days BETWEEN 1 AND 365", name=op.f("ck_service_level_days")),
        sa.CheckConstraint("target_bp BETWEEN 1 AND 10000", name=op.f("ck_service_level_target")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_service_level_version_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_level")),
    )
    op.create_index("uq_service_level_kind", "service_level", ["version_id", "kind"], unique=True)
    op.create_table(
        "shipment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("warehouse_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("tracking_no", sa.String(length=80), nullable=False),
        sa.Column("picked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint(
            "state <> 'delivered' OR delivered_at >= shipped_at", name=op.f("ck_shipment_delivered")
        ),
        sa.CheckConstraint(
            "state = 'picked' OR (shipped_at IS NOT NULL AND carrier <> '')", name=op.f("ck_shipment_shipped")
        ),
        sa.CheckConstraint("state IN ('picked', 'shipped', 'delivered')", name=op.f("ck_shipment_state")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_shipment_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouse.id"], name=op.f("fk_shipment_warehouse_id_warehouse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment")),
        sa.UniqueConstraint("number", name=op.f("uq_shipment_number")),
    )
    op.create_index("ix_shipment_order", "shipment", ["order_id"], unique=False)
    op.create_index("ix_shipment_state", "shipment", ["state", "id"], unique=False)
    op.create_table(
        "credit_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("net_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("vat_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_credit_line_quantity")),
        sa.ForeignKeyConstraint(
            ["note_id"], ["credit_note.id"], name=op.f("fk_credit_line_note_id_credit_note")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_credit_line_order_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["product.id"], name=op.f("fk_credit_line_product_id_product")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_line")),
    )
    op.create_index("uq_credit_line_n", "credit_line", ["note_id", "n"], unique=True)
    op.create_table(
        "goods_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credit_note_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["credit_note_id"], ["credit_note.id"], name=op.f("fk_goods_return_credit_note_id_credit_note")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["customer_order.id"], name=op.f("fk_goods_return_order_id_customer_order")
        ),
        sa.ForeignKeyConstraint(
            ["received_by_id"], ["user_account.id"], name=op.f("fk_goods_return_received_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_return")),
        sa.UniqueConstraint("credit_note_id", name=op.f("uq_goods_return_credit_note_id")),
        sa.UniqueConstraint("number", name=op.f("uq_goods_return_number")),
    )
    op.create_index("ix_goods_return_order", "goods_return", ["order_id"], unique=False)
    op.create_table(
        "promise",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("service_level_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("subject_no", sa.String(length=60), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("original_due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=True),
        sa.Column("risk_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fulfilled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'at_risk' OR cause IS NOT NULL", name=op.f("ck_promise_risk_has_cause")),
        sa.CheckConstraint(
            "state <> 'kept' OR (fulfilled_at IS NOT NULL AND fulfilled_at <= due_at)",
            name=op.f("ck_promise_kept_in_time"),
        ),
        sa.CheckConstraint(
            "state <> 'missed' OR missed_at IS NOT NULL", name=op.f("ck_promise_missed_since")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'at_risk', 'kept', 'missed', 'waived', 'withdrawn')",
            name=op.f("ck_promise_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('open', 'at_risk') OR fulfilled_at IS NULL",
            name=op.f("ck_promise_open_unfulfilled"),
        ),
        sa.CheckConstraint(
            "(service_level_id IS NULL) = (version_id IS NULL)", name=op.f("ck_promise_made_under")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_promise_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["service_level_id"], ["service_level.id"], name=op.f("fk_promise_service_level_id_service_level")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_promise_version_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise")),
    )
    op.create_index("ix_promise_customer", "promise", ["customer_id", "kind", "due_at"], unique=False)
    op.create_index(
        "ix_promise_watched",
        "promise",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'at_risk')"),
        sqlite_where=sa.text("state IN ('open', 'at_risk')"),
    )
    op.create_index("uq_promise_subject", "promise", ["kind", "subject_no"], unique=True)
    op.create_table(
        "goods_return_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("return_id", sa.Integer(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("disposition", sa.String(length=8), nullable=False),
        sa.CheckConstraint(
            "disposition IN ('restock', 'scrap')", name=op.f("ck_goods_return_line_disposition")
        ),
        sa.CheckConstraint(
            "reason IN ('damaged', 'wrong_item', 'not_needed', 'quality')",
            name=op.f("ck_goods_return_line_reason"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_goods_return_line_quantity")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_line.id"], name=op.f("fk_goods_return_line_order_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["goods_return.id"], name=op.f("fk_goods_return_line_return_id_goods_return")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_return_line")),
    )
    op.create_index("ix_goods_return_line_order_line", "goods_return_line", ["order_line_id"], unique=False)
    op.create_table(
        "promise_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_promise_event_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_promise_event_promise_id_promise")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_event")),
    )
    op.create_index("ix_promise_event_promise", "promise_event", ["promise_id", "id"], unique=False)
    op.create_table(
        "schedule_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("picked", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("backorder", sa.Boolean(), nullable=False),
        sa.Column("ship_by", sa.Date(), nullable=True),
        sa.Column("shipped_late", sa.Boolean(), nullable=False),
        sa.Column("reservation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "0 <= delivered AND delivered <= shipped AND shipped <= picked AND picked <= quantity - cancelled",
            name=op.f("ck_schedule_line_stages"),
        ),
        sa.CheckConstraint("cancelled >= 0", name=op.f("ck_schedule_line_cancelled")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_schedule_line_quantity")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_line.id"], name=op.f("fk_schedule_line_line_id_order_line")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_schedule_line_promise_id_promise")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservation.id"], name=op.f("fk_schedule_line_reservation_id_reservation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_line")),
    )
    op.create_index("ix_schedule_line_promise", "schedule_line", ["promise_id"], unique=False)
    op.create_index("ix_schedule_line_reservation", "schedule_line", ["reservation_id"], unique=False)
    op.create_index("uq_schedule_line_n", "schedule_line", ["line_id", "n"], unique=True)
    op.create_table(
        "shipment_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("shipment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("schedule_line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_line_quantity")),
        sa.ForeignKeyConstraint(
            ["schedule_line_id"],
            ["schedule_line.id"],
            name=op.f("fk_shipment_line_schedule_line_id_schedule_line"),
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_shipment_line_shipment_id_shipment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_line")),
    )
    op.create_index("ix_shipment_line_part", "shipment_line", ["schedule_line_id"], unique=False)
    op.create_index(
        "uq_shipment_line_part", "shipment_line", ["shipment_id", "schedule_line_id"], unique=True
    )

    for statement in GUARDS[op.get_bind().dialect.name]:
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Remove every table, and with them the guards."""
    op.drop_index("uq_shipment_line_part", table_name="shipment_line")
    op.drop_index("ix_shipment_line_part", table_name="shipment_line")
    op.drop_table("shipment_line")
    op.drop_index("uq_schedule_line_n", table_name="schedule_line")
    op.drop_index("ix_schedule_line_reservation", table_name="schedule_line")
    op.drop_index("ix_schedule_line_promise", table_name="schedule_line")
    op.drop_table("schedule_line")
    op.drop_index("ix_promise_event_promise", table_name="promise_event")
    op.drop_table("promise_event")
    op.drop_index("ix_goods_return_line_order_line", table_name="goods_return_line")
    op.drop_table("goods_return_line")
    op.drop_index("uq_promise_subject", table_name="promise")
    op.drop_index(
        "ix_promise_watched",
        table_name="promise",
        postgresql_where=sa.text("state IN ('open', 'at_risk')"),
        sqlite_where=sa.text("state IN ('open', 'at_risk')"),
    )
    op.drop_index("ix_promise_customer", table_name="promise")
    op.drop_table("promise")
    op.drop_index("ix_goods_return_order", table_name="goods_return")
    op.drop_table("goods_return")
    op.drop_index("uq_credit_line_n", table_name="credit_line")
    op.drop_table("credit_line")
    op.drop_index("ix_shipment_state", table_name="shipment")
    op.drop_index("ix_shipment_order", table_name="shipment")
    op.drop_table("shipment")
    op.drop_index("uq_service_level_kind", table_name="service_level")
    op.drop_table("service_level")
    op.drop_index(
        "ix_reservation_waiting",
        table_name="reservation",
        postgresql_where=sa.text("held < quantity"),
        sqlite_where=sa.text("held < quantity"),
    )
    op.drop_index(
        "ix_reservation_receipt",
        table_name="reservation",
        postgresql_where=sa.text("receipt_id IS NOT NULL"),
        sqlite_where=sa.text("receipt_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_reservation_open",
        table_name="reservation",
        postgresql_where=sa.text("quantity > 0"),
        sqlite_where=sa.text("quantity > 0"),
    )
    op.drop_table("reservation")
    op.drop_index("uq_order_line_n", table_name="order_line")
    op.drop_index("ix_order_line_product", table_name="order_line")
    op.drop_table("order_line")
    op.drop_index("ix_import_problem_run", table_name="import_problem")
    op.drop_table("import_problem")
    op.drop_index("ix_credit_note_order", table_name="credit_note")
    op.drop_index("ix_credit_note_customer", table_name="credit_note")
    op.drop_table("credit_note")
    op.drop_index("uq_basket_line_product", table_name="basket_line")
    op.drop_table("basket_line")
    op.drop_index("uq_stock_place", table_name="stock")
    op.drop_table("stock")
    op.drop_index(op.f("ix_sign_in_user_id"), table_name="sign_in")
    op.drop_table("sign_in")
    op.drop_index(op.f("ix_price_product_id"), table_name="price")
    op.drop_table("price")
    op.drop_index(
        "uq_policy_version_valid_from",
        table_name="policy_version",
        postgresql_where=sa.text("state = 'published'"),
        sqlite_where=sa.text("state = 'published'"),
    )
    op.drop_index("uq_policy_version_number", table_name="policy_version")
    op.drop_table("policy_version")
    op.drop_index("ix_notice_reader", table_name="notice")
    op.drop_index(
        "ix_notice_due",
        table_name="notice",
        postgresql_where=sa.text("mail_state IN ('due', 'sending')"),
        sqlite_where=sa.text("mail_state IN ('due', 'sending')"),
    )
    op.drop_table("notice")
    op.drop_index("uq_movement_cause", table_name="movement")
    op.drop_index("ix_movement_place", table_name="movement")
    op.drop_table("movement")
    op.drop_table("job_request")
    op.drop_index(
        "ix_inbound_receipt_open",
        table_name="inbound_receipt",
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.drop_table("inbound_receipt")
    op.drop_index("ix_import_run_state", table_name="import_run")
    op.drop_table("import_run")
    op.drop_index("uq_customer_order_key", table_name="customer_order")
    op.drop_index("ix_customer_order_placed", table_name="customer_order")
    op.drop_index(
        "ix_customer_order_open",
        table_name="customer_order",
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_customer_order_customer", table_name="customer_order")
    op.drop_table("customer_order")
    op.drop_table("basket")
    op.drop_index("ix_audit_entry_subject", table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_user_account_customer_id"), table_name="user_account")
    op.drop_table("user_account")
    op.drop_index("uq_stored_document_subject", table_name="stored_document")
    op.drop_table("stored_document")
    op.drop_table("service_area")
    op.drop_index("ix_product_sort_th", table_name="product")
    op.drop_index("ix_product_sort_en", table_name="product")
    op.drop_index(op.f("ix_product_gtin"), table_name="product")
    op.drop_index("ix_product_category", table_name="product")
    op.drop_table("product")
    op.drop_index("uq_policy_tier", table_name="policy")
    op.drop_index(
        "uq_policy_default",
        table_name="policy",
        postgresql_where=sa.text("scope = 'default'"),
        sqlite_where=sa.text("scope = 'default'"),
    )
    op.drop_index("uq_policy_customer", table_name="policy")
    op.drop_table("policy")
    op.drop_index(op.f("ix_customer_address_customer_id"), table_name="customer_address")
    op.drop_table("customer_address")
    op.drop_index("uq_calendar_closure_day", table_name="calendar_closure")
    op.drop_table("calendar_closure")
    op.drop_table("warehouse")
    op.drop_table("supplier")
    op.drop_index("uq_price_list_scope", table_name="price_list")
    op.drop_table("price_list")
    op.drop_table("number_series")
    op.drop_index("ix_job_run_job", table_name="job_run")
    op.drop_table("job_run")
    op.drop_table("installation_fact")
    op.drop_table("heartbeat")
    op.drop_index("ix_customer_name_th", table_name="customer")
    op.drop_table("customer")
    op.drop_table("category")
    op.drop_table("business_calendar")

    if op.get_bind().dialect.name == "postgresql":
        for name in FUNCTIONS:
            op.execute(f"DROP FUNCTION IF EXISTS {name}()")
