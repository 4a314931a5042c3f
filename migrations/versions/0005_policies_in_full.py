"""Policies in full: groups, reviews, clauses, calendars, pauses, exemptions, reports, rota, plans, seminars, advice."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NEW_TABLES = (
    "case_escalation",
    "customer_group",
    "calendar_block",
    "approval_limit",
    "consultant",
    "contingency_plan",
    "duty_shift",
    "seminar",
    "consulting_slot",
    "contingency_cover",
    "contingency_step",
    "disruption_step",
    "policy_news",
    "seminar_sign_up",
    "service_report",
    "promise_exemption",
    "promise_pause",
)

GUARDS_OF_SQLITE = (
    "CREATE TRIGGER frozen_policy_columns BEFORE UPDATE OF code, name_th, name_en, scope, tier, customer_id, group_id ON policy FOR EACH ROW WHEN OLD.code IS NOT NEW.code OR OLD.name_th IS NOT NEW.name_th OR OLD.name_en IS NOT NEW.name_en OR OLD.scope IS NOT NEW.scope OR OLD.tier IS NOT NEW.tier OR OLD.customer_id IS NOT NEW.customer_id OR OLD.group_id IS NOT NEW.group_id BEGIN SELECT RAISE(ABORT, 'policy keeps code, name_th, name_en, scope, tier, customer_id, group_id'); END",
    "CREATE TRIGGER moves_promise_state BEFORE UPDATE OF state ON promise FOR EACH ROW WHEN OLD.state <> NEW.state AND NOT ((OLD.state = 'open' AND NEW.state IN ('at_risk', 'kept', 'missed', 'waived', 'withdrawn')) OR (OLD.state = 'at_risk' AND NEW.state IN ('kept', 'missed', 'open', 'waived', 'withdrawn')) OR (OLD.state = 'missed' AND NEW.state IN ('kept', 'waived'))) BEGIN SELECT RAISE(ABORT, 'promise.state cannot move so'); END",
    "CREATE TRIGGER frozen_promise_exemption_update BEFORE UPDATE ON promise_exemption FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'promise_exemption is append-only'); END",
    "CREATE TRIGGER frozen_promise_exemption_delete BEFORE DELETE ON promise_exemption FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'promise_exemption is append-only'); END",
    "CREATE TRIGGER frozen_service_report_update BEFORE UPDATE ON service_report FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'service_report is append-only'); END",
    "CREATE TRIGGER frozen_service_report_delete BEFORE DELETE ON service_report FOR EACH ROW BEGIN SELECT RAISE(ABORT, 'service_report is append-only'); END",
)

GUARDS_OF_POSTGRESQL = (
    "CREATE TRIGGER frozen_policy_columns BEFORE UPDATE OF code, name_th, name_en, scope, tier, customer_id, group_id ON policy FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code OR OLD.name_th IS DISTINCT FROM NEW.name_th OR OLD.name_en IS DISTINCT FROM NEW.name_en OR OLD.scope IS DISTINCT FROM NEW.scope OR OLD.tier IS DISTINCT FROM NEW.tier OR OLD.customer_id IS DISTINCT FROM NEW.customer_id OR OLD.group_id IS DISTINCT FROM NEW.group_id) EXECUTE FUNCTION refuse_change('policy keeps code, name_th, name_en, scope, tier, customer_id, group_id')",
    "CREATE TRIGGER moves_promise_state BEFORE UPDATE OF state ON promise FOR EACH ROW WHEN (OLD.state <> NEW.state AND NOT ((OLD.state = 'open' AND NEW.state IN ('at_risk', 'kept', 'missed', 'waived', 'withdrawn')) OR (OLD.state = 'at_risk' AND NEW.state IN ('kept', 'missed', 'open', 'waived', 'withdrawn')) OR (OLD.state = 'missed' AND NEW.state IN ('kept', 'waived')))) EXECUTE FUNCTION refuse_change('promise.state cannot move so')",
    "CREATE TRIGGER frozen_promise_exemption_update BEFORE UPDATE ON promise_exemption FOR EACH ROW EXECUTE FUNCTION refuse_change('promise_exemption is append-only')",
    "CREATE TRIGGER frozen_promise_exemption_delete BEFORE DELETE ON promise_exemption FOR EACH ROW EXECUTE FUNCTION refuse_change('promise_exemption is append-only')",
    "CREATE TRIGGER frozen_service_report_update BEFORE UPDATE ON service_report FOR EACH ROW EXECUTE FUNCTION refuse_change('service_report is append-only')",
    "CREATE TRIGGER frozen_service_report_delete BEFORE DELETE ON service_report FOR EACH ROW EXECUTE FUNCTION refuse_change('service_report is append-only')",
)

NEW_TRIGGERS = (("moves_promise_state", "promise"),)

FORMER_POLICY_GUARD = {
    "sqlite": "CREATE TRIGGER frozen_policy_columns BEFORE UPDATE OF code, name_th, name_en, scope, tier, customer_id ON policy FOR EACH ROW WHEN OLD.code IS NOT NEW.code OR OLD.name_th IS NOT NEW.name_th OR OLD.name_en IS NOT NEW.name_en OR OLD.scope IS NOT NEW.scope OR OLD.tier IS NOT NEW.tier OR OLD.customer_id IS NOT NEW.customer_id BEGIN SELECT RAISE(ABORT, 'policy keeps code, name_th, name_en, scope, tier, customer_id'); END",
    "postgresql": "CREATE TRIGGER frozen_policy_columns BEFORE UPDATE OF code, name_th, name_en, scope, tier, customer_id ON policy FOR EACH ROW WHEN (OLD.code IS DISTINCT FROM NEW.code OR OLD.name_th IS DISTINCT FROM NEW.name_th OR OLD.name_en IS DISTINCT FROM NEW.name_en OR OLD.scope IS DISTINCT FROM NEW.scope OR OLD.tier IS DISTINCT FROM NEW.tier OR OLD.customer_id IS DISTINCT FROM NEW.customer_id) EXECUTE FUNCTION refuse_change('policy keeps code, name_th, name_en, scope, tier, customer_id')",
}
FORMER_KINDS = (
    "'lead_time', 'line_fill', 'substitution_offer', 'expedite_answer', 'complaint_answer', 'return_decision', "
    "'refund', 'repair_quote', 'repair', 'loaner'"
)
GUARDED = (
    "policy",
    "policy_version",
    "service_level",
    "promise",
    "promise_event",
    "promise_exemption",
    "service_report",
)


def upgrade() -> None:
    """Make the new tables, and widen the old ones."""
    guards = _without_guards()
    _make_tables()
    _widen()
    _fill_in()
    _with_guards(guards)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER frozen_policy_columns ON policy")
        _with_guards(GUARDS_OF_POSTGRESQL)
    else:
        _with_guards(GUARDS_OF_SQLITE)


def downgrade() -> None:
    """Take them away; what former policies could not say is lost, and promises made by it stay without a policy."""
    new = {f" {table} " for table in NEW_TABLES}
    guards = [said for said in _without_guards() if not any(table in said for table in new)]
    if op.get_bind().dialect.name == "postgresql":
        for name, table in (*NEW_TRIGGERS, ("frozen_policy_columns", "policy")):
            op.execute(f"DROP TRIGGER {name} ON {table}")
    _guarding("DISABLE")
    _forget()
    _guarding("ENABLE")
    _narrow()
    for table in reversed(NEW_TABLES):
        op.drop_table(table)
    _with_guards([said for said in guards if not any(name in said for name, _ in NEW_TRIGGERS)])
    _with_guards([FORMER_POLICY_GUARD[op.get_bind().dialect.name]])


def _without_guards() -> list[str]:
    """Take the triggers of SQLite away, which do not outlive the rebuilding of a table; gives what makes them again.

    The guard of policies is left out, since it changes.
    """
    bind = op.get_bind()
    if bind.dialect.name != "sqlite":
        return []
    found = bind.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid"
    ).all()
    for name, _ in found:
        bind.exec_driver_sql(f"DROP TRIGGER {name}")
    return [sql for name, sql in found if name != "frozen_policy_columns"]


def _with_guards(statements: list[str] | tuple[str, ...]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


def _guarding(how: str) -> None:
    """Have the triggers of PostgreSQL look away, or look again."""
    if op.get_bind().dialect.name == "postgresql":
        for table in GUARDED:
            op.execute(f"ALTER TABLE {table} {how} TRIGGER USER")


def _make_tables() -> None:
    op.create_table(
        "case_escalation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("matter", sa.String(length=16), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("unit_code", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('staff', 'manager', 'admin')", name=op.f("ck_case_escalation_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_escalation")),
    )
    op.create_index("ix_case_escalation_case", "case_escalation", ["number", "matter"])
    op.create_index("uq_case_escalation_key", "case_escalation", ["key"], unique=True)
    op.create_table(
        "customer_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("name_th", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_group")),
        sa.UniqueConstraint("code", name=op.f("uq_customer_group_code")),
    )
    op.create_table(
        "calendar_block",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("calendar_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.CheckConstraint("opens < closes", name=op.f("ck_calendar_block_hours")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_calendar_block_weekday")),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["business_calendar.id"],
            name=op.f("fk_calendar_block_calendar_id_business_calendar"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_block")),
    )
    op.create_index(
        "uq_calendar_block_start", "calendar_block", ["calendar_id", "weekday", "opens"], unique=True
    )
    op.create_table(
        "approval_limit",
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("limit_minor >= 0", name=op.f("ck_approval_limit_limit")),
        sa.CheckConstraint("role IN ('staff', 'manager')", name=op.f("ck_approval_limit_role")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["user_account.id"], name=op.f("fk_approval_limit_changed_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_approval_limit")),
    )
    op.create_table(
        "consultant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("subject_th", sa.String(length=200), nullable=False),
        sa.Column("subject_en", sa.String(length=200), nullable=False),
        sa.Column("place_th", sa.String(length=300), nullable=False),
        sa.Column("place_en", sa.String(length=300), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_consultant_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultant")),
        sa.UniqueConstraint("code", name=op.f("uq_consultant_code")),
        sa.UniqueConstraint("user_id", name=op.f("uq_consultant_user_id")),
    )
    op.create_table(
        "contingency_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title_th", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("trigger_th", sa.Text(), nullable=False),
        sa.Column("trigger_en", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("reminded_on", sa.Date(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_contingency_plan_owner_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contingency_plan")),
        sa.UniqueConstraint("number", name=op.f("uq_contingency_plan_number")),
    )
    op.create_index("ix_contingency_plan_review", "contingency_plan", ["active", "review_on", "id"])
    op.create_table(
        "duty_shift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.CheckConstraint("opens < closes", name=op.f("ck_duty_shift_hours")),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["service_unit.id"], name=op.f("fk_duty_shift_unit_id_service_unit")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_duty_shift_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_shift")),
    )
    op.create_index("ix_duty_shift_unit", "duty_shift", ["unit_id", "day"])
    op.create_index("uq_duty_shift_start", "duty_shift", ["user_id", "day", "opens"], unique=True)
    op.create_table(
        "seminar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title_th", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("about_th", sa.Text(), nullable=False),
        sa.Column("about_en", sa.Text(), nullable=False),
        sa.Column("place_th", sa.String(length=300), nullable=False),
        sa.Column("place_en", sa.String(length=300), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_seminar_ends_after_start")),
        sa.CheckConstraint("places BETWEEN 1 AND 10000", name=op.f("ck_seminar_places")),
        sa.CheckConstraint(
            "state IN ('draft', 'announced', 'cancelled', 'held')", name=op.f("ck_seminar_state")
        ),
        sa.CheckConstraint("taken BETWEEN 0 AND places", name=op.f("ck_seminar_taken")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name=op.f("fk_seminar_owner_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seminar")),
        sa.UniqueConstraint("number", name=op.f("uq_seminar_number")),
    )
    op.create_index("ix_seminar_starts", "seminar", ["starts_at", "id"])
    op.create_table(
        "consulting_slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("consultant_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("booked_by_id", sa.Integer(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("question", sa.String(length=1000), nullable=False),
        sa.Column("outcome", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(state IN ('booked', 'held')) = (customer_id IS NOT NULL AND booked_by_id IS NOT NULL AND booked_at IS NOT NULL)",
            name=op.f("ck_consulting_slot_booked"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_consulting_slot_ends_after_start")),
        sa.CheckConstraint(
            "state IN ('free', 'booked', 'withdrawn', 'held')", name=op.f("ck_consulting_slot_state")
        ),
        sa.ForeignKeyConstraint(
            ["booked_by_id"], ["user_account.id"], name=op.f("fk_consulting_slot_booked_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["consultant_id"], ["consultant.id"], name=op.f("fk_consulting_slot_consultant_id_consultant")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_consulting_slot_customer_id_customer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consulting_slot")),
        sa.UniqueConstraint("number", name=op.f("uq_consulting_slot_number")),
    )
    op.create_index("ix_consulting_slot_customer", "consulting_slot", ["customer_id", "starts_at"])
    op.create_index("ix_consulting_slot_starts", "consulting_slot", ["starts_at", "id"])
    op.create_index(
        "uq_consulting_slot_start",
        "consulting_slot",
        ["consultant_id", "starts_at"],
        unique=True,
        postgresql_where=sa.text("state <> 'withdrawn'"),
        sqlite_where=sa.text("state <> 'withdrawn'"),
    )
    op.create_table(
        "contingency_cover",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.CheckConstraint(
            "kind IN ('strike', 'shortage', 'flood', 'port_closure', 'breakdown')",
            name=op.f("ck_contingency_cover_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["contingency_plan.id"], name=op.f("fk_contingency_cover_plan_id_contingency_plan")
        ),
        sa.PrimaryKeyConstraint("plan_id", "kind", name=op.f("pk_contingency_cover")),
    )
    op.create_table(
        "contingency_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what_th", sa.String(length=500), nullable=False),
        sa.Column("what_en", sa.String(length=500), nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_contingency_step_position")),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["contingency_plan.id"], name=op.f("fk_contingency_step_plan_id_contingency_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contingency_step")),
    )
    op.create_index("uq_contingency_step_position", "contingency_step", ["plan_id", "position"], unique=True)
    op.create_table(
        "disruption_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("disruption_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what_th", sa.String(length=500), nullable=False),
        sa.Column("what_en", sa.String(length=500), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(done_at IS NULL) = (done_by_id IS NULL)", name=op.f("ck_disruption_step_done")),
        sa.CheckConstraint("position > 0", name=op.f("ck_disruption_step_position")),
        sa.ForeignKeyConstraint(
            ["disruption_id"], ["disruption.id"], name=op.f("fk_disruption_step_disruption_id_disruption")
        ),
        sa.ForeignKeyConstraint(
            ["done_by_id"], ["user_account.id"], name=op.f("fk_disruption_step_done_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["contingency_plan.id"], name=op.f("fk_disruption_step_plan_id_contingency_plan")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disruption_step")),
    )
    op.create_index(
        "uq_disruption_step_position", "disruption_step", ["disruption_id", "position"], unique=True
    )
    op.create_table(
        "policy_news",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)",
            name=op.f("ck_policy_news_acknowledged"),
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"],
            ["user_account.id"],
            name=op.f("fk_policy_news_acknowledged_by_id_user_account"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_policy_news_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_policy_news_version_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "customer_id", name=op.f("pk_policy_news")),
    )
    op.create_index("ix_policy_news_customer", "policy_news", ["customer_id", "told_at"])
    op.create_table(
        "seminar_sign_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seminar_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("queue_no", sa.Integer(), nullable=False),
        sa.Column("signed_up_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('place', 'waiting', 'cancelled', 'attended', 'absent')",
            name=op.f("ck_seminar_sign_up_state"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_seminar_sign_up_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["seminar_id"], ["seminar.id"], name=op.f("fk_seminar_sign_up_seminar_id_seminar")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_seminar_sign_up_user_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seminar_sign_up")),
    )
    op.create_index("ix_seminar_sign_up_customer", "seminar_sign_up", ["customer_id", "seminar_id"])
    op.create_index("uq_seminar_sign_up_person", "seminar_sign_up", ["seminar_id", "user_id"], unique=True)
    op.create_table(
        "service_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("policy_code", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("reader", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.Integer(), nullable=True),
        sa.Column("every", sa.String(length=10), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("statement", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "every IN ('weekly', 'monthly', 'quarterly')", name=op.f("ck_service_report_every")
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_service_report_period")),
        sa.CheckConstraint(
            "statement = 1 OR why <> ''", name=op.f("ck_service_report_restated_for_a_reason")
        ),
        sa.CheckConstraint("statement > 0", name=op.f("ck_service_report_statement")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name=op.f("fk_service_report_customer_id_customer")
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["user_account.id"], name=op.f("fk_service_report_made_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["policy_version.id"], name=op.f("fk_service_report_version_id_policy_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_report")),
        sa.UniqueConstraint("number", name=op.f("uq_service_report_number")),
    )
    op.create_index("ix_service_report_customer", "service_report", ["customer_id", "first_day", "id"])
    op.create_index("ix_service_report_made", "service_report", ["made_at", "id"])
    op.create_index(
        "uq_service_report_period",
        "service_report",
        ["policy_code", "reader", "every", "first_day", "statement"],
        unique=True,
    )
    op.create_table(
        "promise_exemption",
        sa.Column("promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cause_no", sa.String(length=40), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_id"], ["user_account.id"], name=op.f("fk_promise_exemption_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_promise_exemption_promise_id_promise")
        ),
        sa.PrimaryKeyConstraint("promise_id", name=op.f("pk_promise_exemption")),
    )
    op.create_index("ix_promise_exemption_cause", "promise_exemption", ["cause_no"])
    op.create_table(
        "promise_pause",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("promise_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("paused_by_id", sa.Integer(), nullable=True),
        sa.Column("resumed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "resumed_at IS NULL OR resumed_at >= paused_at", name=op.f("ck_promise_pause_ends_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["paused_by_id"], ["user_account.id"], name=op.f("fk_promise_pause_paused_by_id_user_account")
        ),
        sa.ForeignKeyConstraint(
            ["promise_id"], ["promise.id"], name=op.f("fk_promise_pause_promise_id_promise")
        ),
        sa.ForeignKeyConstraint(
            ["resumed_by_id"], ["user_account.id"], name=op.f("fk_promise_pause_resumed_by_id_user_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promise_pause")),
    )
    op.create_index("ix_promise_pause_promise", "promise_pause", ["promise_id", "paused_at"])


def _widen() -> None:
    op.drop_index("uq_service_level_kind", table_name="service_level")
    with op.batch_alter_table("business_calendar") as table:
        table.add_column(sa.Column("name_th", sa.String(length=120), server_default="", nullable=False))
        table.add_column(sa.Column("name_en", sa.String(length=120), server_default="", nullable=False))
        table.add_column(sa.Column("cut_off", sa.Time(), nullable=True))
        table.add_column(
            sa.Column("works_on_holidays", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("service_unit") as table:
        table.add_column(
            sa.Column("escalate_to", sa.String(length=10), server_default="manager", nullable=False)
        )
        table.create_check_constraint(
            op.f("ck_service_unit_escalate_to"), "escalate_to IN ('staff', 'manager', 'admin')"
        )
        table.add_column(sa.Column("closed", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("reservation") as table:
        table.add_column(sa.Column("picked", sa.Integer(), server_default="0", nullable=False))
        table.create_check_constraint(op.f("ck_reservation_picked"), "picked >= 0 AND picked <= held")
    with op.batch_alter_table("identity_balance") as table:
        table.add_column(sa.Column("picked", sa.Integer(), server_default="0", nullable=False))
        table.create_check_constraint(
            op.f("ck_identity_balance_picked"), "picked >= 0 AND picked <= quantity"
        )
        table.create_check_constraint(
            op.f("ck_identity_balance_picked_from_the_shelf"), "picked = 0 OR keeping = 'good'"
        )
    with op.batch_alter_table("identity") as table:
        table.add_column(sa.Column("stopped", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("customer") as table:
        table.add_column(sa.Column("group_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_customer_group_id_customer_group"), "customer_group", ["group_id"], ["id"]
        )
    with op.batch_alter_table("policy") as table:
        table.drop_constraint(op.f("ck_policy_scope"), type_="check")
        table.add_column(sa.Column("group_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_policy_group_id_customer_group"), "customer_group", ["group_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_policy_group_scope"), "(scope = 'group') = (group_id IS NOT NULL)"
        )
        table.create_check_constraint(
            op.f("ck_policy_scope"), "scope IN ('customer', 'group', 'tier', 'default')"
        )
    with op.batch_alter_table("notice") as table:
        table.add_column(sa.Column("address", sa.String(length=254), nullable=True))
        table.add_column(sa.Column("paper", sa.String(length=80), nullable=True))
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=True)
        table.create_check_constraint(
            op.f("ck_notice_to_somebody"), "(user_id IS NULL) = (address IS NOT NULL)"
        )
    with op.batch_alter_table("policy_version") as table:
        table.drop_constraint(op.f("ck_policy_version_published_complete"), type_="check")
        table.drop_constraint(op.f("ck_policy_version_state"), type_="check")
        table.add_column(sa.Column("report_every", sa.String(length=10), server_default="", nullable=False))
        table.add_column(sa.Column("report_to", sa.Text(), server_default="", nullable=False))
        table.add_column(
            sa.Column("report_to_customers", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        table.add_column(sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("reviewer_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("review_note", sa.String(length=500), server_default="", nullable=False))
        table.create_foreign_key(
            op.f("fk_policy_version_reviewer_id_user_account"), "user_account", ["reviewer_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_policy_version_published_complete"),
            "state <> 'published' OR (valid_from IS NOT NULL AND published_at IS NOT NULL AND publisher_id IS NOT NULL)",
        )
        table.create_check_constraint(
            op.f("ck_policy_version_report_every"), "report_every IN ('', 'weekly', 'monthly', 'quarterly')"
        )
        table.create_check_constraint(
            op.f("ck_policy_version_reviewer_is_another"), "reviewer_id IS NULL OR reviewer_id <> author_id"
        )
        table.create_check_constraint(
            op.f("ck_policy_version_state"), "state IN ('draft', 'in_review', 'published')"
        )
        table.create_check_constraint(
            op.f("ck_policy_version_submitted"), "state <> 'in_review' OR submitted_at IS NOT NULL"
        )
    with op.batch_alter_table("service_level") as table:
        table.drop_constraint(op.f("ck_service_level_days_counted"), type_="check")
        table.drop_constraint(op.f("ck_service_level_kind"), type_="check")
        table.add_column(sa.Column("minutes", sa.Integer(), nullable=True))
        table.add_column(sa.Column("provinces", sa.String(length=500), server_default="", nullable=False))
        table.add_column(sa.Column("exempt_kinds", sa.String(length=120), server_default="", nullable=False))
        table.add_column(
            sa.Column("review_every", sa.String(length=10), server_default="monthly", nullable=False)
        )
        table.add_column(sa.Column("fill_tolerance_bp", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("settle_days", sa.Integer(), nullable=True))
        table.add_column(
            sa.Column("late_settlement_minor", sa.BigInteger(), server_default="0", nullable=False)
        )
        table.create_check_constraint(
            op.f("ck_service_level_fill_tolerance"), "fill_tolerance_bp BETWEEN 0 AND 9999"
        )
        table.create_check_constraint(
            op.f("ck_service_level_kind"),
            "kind IN ('lead_time', 'line_fill', 'substitution_offer', 'expedite_answer', 'complaint_answer', 'return_decision', 'refund', 'repair_quote', 'repair', 'loaner', 'order_confirmation', 'delay_notice', 'settlement', 'document_accuracy', 'stock_accuracy')",
        )
        table.create_check_constraint(
            op.f("ck_service_level_late_settlement"),
            "late_settlement_minor >= 0 AND (late_settlement_minor = 0 OR settle_days IS NOT NULL)",
        )
        table.create_check_constraint(
            op.f("ck_service_level_minutes"), "minutes IS NULL OR minutes BETWEEN 1 AND 525600"
        )
        table.create_check_constraint(op.f("ck_service_level_one_clock"), "days IS NULL OR minutes IS NULL")
        table.create_check_constraint(
            op.f("ck_service_level_review_every"), "review_every IN ('weekly', 'monthly', 'quarterly')"
        )
        table.create_check_constraint(
            op.f("ck_service_level_settle_days"), "settle_days IS NULL OR settle_days BETWEEN 1 AND 365"
        )
        table.create_check_constraint(
            op.f("ck_service_level_time_counted"),
            "(kind NOT IN ('line_fill', 'document_accuracy', 'stock_accuracy')) = ((days IS NOT NULL AND convention IS NOT NULL) OR minutes IS NOT NULL)",
        )
    with op.batch_alter_table("promise") as table:
        table.add_column(sa.Column("clock_start_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("paused_since", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("owed_minor", sa.BigInteger(), server_default="0", nullable=False))
        table.add_column(sa.Column("paid_minor", sa.BigInteger(), server_default="0", nullable=False))
        table.add_column(sa.Column("owed_currency", sa.String(length=3), nullable=True))
        table.add_column(sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("settles_level_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_promise_settles_level_id_service_level"), "service_level", ["settles_level_id"], ["id"]
        )
        table.drop_constraint(op.f("ck_promise_made_under"), type_="check")
        table.create_check_constraint(
            op.f("ck_promise_made_under"),
            "(service_level_id IS NULL AND settles_level_id IS NULL) = (version_id IS NULL)",
        )
        table.create_check_constraint(
            op.f("ck_promise_settles"),
            "settles_level_id IS NULL OR (kind = 'settlement' AND service_level_id IS NULL)",
        )
        table.create_check_constraint(op.f("ck_promise_compensation"), "owed_minor >= 0 AND paid_minor >= 0")
        table.create_check_constraint(
            op.f("ck_promise_owed_in"), "(owed_minor = 0 AND paid_minor = 0) OR owed_currency IS NOT NULL"
        )
        table.create_check_constraint(
            op.f("ck_promise_paused_while_open"), "paused_since IS NULL OR state IN ('open', 'at_risk')"
        )
    with op.batch_alter_table("compensation") as table:
        table.drop_constraint(op.f("ck_compensation_decided"), type_="check")
        table.drop_constraint(op.f("ck_compensation_state"), type_="check")
        table.add_column(sa.Column("proposed_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(
            op.f("fk_compensation_proposed_by_id_user_account"), "user_account", ["proposed_by_id"], ["id"]
        )
        table.create_check_constraint(
            op.f("ck_compensation_decided"), "state IN ('offered', 'proposed') OR decided_at IS NOT NULL"
        )
        table.create_check_constraint(
            op.f("ck_compensation_state"),
            "state IN ('offered', 'proposed', 'credited', 'rejected', 'dismissed', 'withdrawn')",
        )
    op.create_index(
        "ix_compensation_untold",
        "compensation",
        ["customer_id"],
        postgresql_where=sa.text("state = 'offered' AND told_at IS NULL"),
        sqlite_where=sa.text("state = 'offered' AND told_at IS NULL"),
    )
    op.create_index("ix_customer_group", "customer", ["group_id"])
    op.create_index(
        "ix_promise_done_late",
        "promise",
        ["fulfilled_at"],
        postgresql_where=sa.text("state = 'missed'"),
        sqlite_where=sa.text("state = 'missed'"),
    )
    op.create_index("uq_policy_group", "policy", ["group_id"], unique=True)
    op.create_index(
        "uq_service_level_kind", "service_level", ["version_id", "kind", "provinces"], unique=True
    )


def _fill_in() -> None:
    """What was picked and what was called back before these columns were."""
    for statement in (
        """UPDATE reservation SET picked = (
          SELECT CASE WHEN sum(p.picked - p.shipped) > reservation.held THEN reservation.held
            ELSE sum(p.picked - p.shipped) END
          FROM schedule_line p WHERE p.reservation_id = reservation.id)
        WHERE id IN (SELECT reservation_id FROM schedule_line WHERE picked > shipped)""",
        """UPDATE identity_balance SET picked = (
          SELECT CASE WHEN sum(i.quantity) > identity_balance.quantity THEN identity_balance.quantity
            ELSE sum(i.quantity) END
          FROM shipment_identity i JOIN shipment_line l ON l.id = i.shipment_line_id
          JOIN shipment s ON s.id = l.shipment_id
          WHERE s.state = 'picked' AND i.identity_id = identity_balance.identity_id
            AND s.warehouse_id = identity_balance.warehouse_id)
        WHERE keeping = 'good' AND EXISTS (
          SELECT 1 FROM shipment_identity i JOIN shipment_line l ON l.id = i.shipment_line_id
          JOIN shipment s ON s.id = l.shipment_id
          WHERE s.state = 'picked' AND i.identity_id = identity_balance.identity_id
            AND s.warehouse_id = identity_balance.warehouse_id)""",
        """UPDATE identity SET stopped = true WHERE id IN (
          SELECT i.identity_id FROM product_notice_identity i JOIN product_notice n ON n.id = i.notice_id
          WHERE n.kind = 'recall' AND n.state = 'issued')""",
    ):
        op.execute(statement)


def _forget() -> None:
    """Take back what the former tables cannot hold."""
    lost_policies = "SELECT id FROM policy WHERE scope = 'group'"
    lost_versions = f"SELECT id FROM policy_version WHERE policy_id IN ({lost_policies})"
    lost_levels = (
        f"SELECT id FROM service_level WHERE version_id IN ({lost_versions}) OR minutes IS NOT NULL "
        f"OR provinces <> '' OR kind NOT IN ({FORMER_KINDS})"
    )
    lost_promises = f"SELECT id FROM promise WHERE kind NOT IN ({FORMER_KINDS})"
    for statement in (
        "DELETE FROM notice WHERE user_id IS NULL",
        "DELETE FROM duty_shift",
        "DELETE FROM service_unit WHERE closed",
        """UPDATE compensation SET state = 'rejected', decided_at = COALESCE(decided_at, proposed_at)
        WHERE state IN ('offered', 'dismissed', 'withdrawn')""",
        "DELETE FROM service_report",
        "DELETE FROM promise_pause",
        "DELETE FROM promise_exemption",
        "DELETE FROM policy_news",
        f"DELETE FROM compensation WHERE promise_id IN ({lost_promises})",
        f"DELETE FROM promise_event WHERE promise_id IN ({lost_promises})",
        f"DELETE FROM promise WHERE kind NOT IN ({FORMER_KINDS})",
        f"""UPDATE promise SET service_level_id = NULL, version_id = NULL
        WHERE service_level_id IN ({lost_levels})""",
        f"DELETE FROM service_level WHERE id IN ({lost_levels})",
        f"DELETE FROM policy_version WHERE id IN ({lost_versions})",
        f"DELETE FROM policy WHERE id IN ({lost_policies})",
        "UPDATE policy_version SET state = 'draft' WHERE state = 'in_review'",
    ):
        op.execute(statement)


def _narrow() -> None:
    op.drop_index("ix_compensation_untold", table_name="compensation")
    op.drop_index("ix_customer_group", table_name="customer")
    op.drop_index("ix_promise_done_late", table_name="promise")
    op.drop_index("uq_policy_group", table_name="policy")
    op.drop_index("uq_service_level_kind", table_name="service_level")
    with op.batch_alter_table("compensation") as table:
        table.drop_constraint(op.f("ck_compensation_decided"), type_="check")
        table.drop_constraint(op.f("ck_compensation_state"), type_="check")
        table.drop_constraint(op.f("fk_compensation_proposed_by_id_user_account"), type_="foreignkey")
        table.drop_column("told_at")
        table.drop_column("proposed_by_id")
        table.create_check_constraint(
            op.f("ck_compensation_decided"), "state = 'proposed' OR decided_at IS NOT NULL"
        )
        table.create_check_constraint(
            op.f("ck_compensation_state"), "state IN ('proposed', 'credited', 'rejected')"
        )
    with op.batch_alter_table("promise") as table:
        table.drop_constraint(op.f("ck_promise_compensation"), type_="check")
        table.drop_constraint(op.f("ck_promise_owed_in"), type_="check")
        table.drop_constraint(op.f("ck_promise_paused_while_open"), type_="check")
        table.drop_constraint(op.f("ck_promise_settles"), type_="check")
        table.drop_constraint(op.f("ck_promise_made_under"), type_="check")
        table.create_check_constraint(
            op.f("ck_promise_made_under"), "(service_level_id IS NULL) = (version_id IS NULL)"
        )
        table.drop_constraint(op.f("fk_promise_settles_level_id_service_level"), type_="foreignkey")
        table.drop_column("settles_level_id")
        table.drop_column("paid_at")
        table.drop_column("owed_currency")
        table.drop_column("paid_minor")
        table.drop_column("owed_minor")
        table.drop_column("paused_since")
        table.drop_column("clock_start_at")
    with op.batch_alter_table("service_level") as table:
        table.drop_constraint(op.f("ck_service_level_fill_tolerance"), type_="check")
        table.drop_constraint(op.f("ck_service_level_kind"), type_="check")
        table.drop_constraint(op.f("ck_service_level_late_settlement"), type_="check")
        table.drop_constraint(op.f("ck_service_level_minutes"), type_="check")
        table.drop_constraint(op.f("ck_service_level_one_clock"), type_="check")
        table.drop_constraint(op.f("ck_service_level_review_every"), type_="check")
        table.drop_constraint(op.f("ck_service_level_settle_days"), type_="check")
        table.drop_constraint(op.f("ck_service_level_time_counted"), type_="check")
        table.drop_column("late_settlement_minor")
        table.drop_column("settle_days")
        table.drop_column("fill_tolerance_bp")
        table.drop_column("review_every")
        table.drop_column("exempt_kinds")
        table.drop_column("provinces")
        table.drop_column("minutes")
        table.create_check_constraint(
            op.f("ck_service_level_days_counted"),
            "(kind <> 'line_fill') = (days IS NOT NULL AND convention IS NOT NULL)",
        )
        table.create_check_constraint(
            op.f("ck_service_level_kind"),
            "kind IN ('lead_time', 'line_fill', 'substitution_offer', 'expedite_answer', 'complaint_answer', 'return_decision', 'refund', 'repair_quote', 'repair', 'loaner')",
        )
    with op.batch_alter_table("policy_version") as table:
        table.drop_constraint(op.f("ck_policy_version_published_complete"), type_="check")
        table.drop_constraint(op.f("ck_policy_version_report_every"), type_="check")
        table.drop_constraint(op.f("ck_policy_version_reviewer_is_another"), type_="check")
        table.drop_constraint(op.f("ck_policy_version_state"), type_="check")
        table.drop_constraint(op.f("ck_policy_version_submitted"), type_="check")
        table.drop_constraint(op.f("fk_policy_version_reviewer_id_user_account"), type_="foreignkey")
        table.drop_column("review_note")
        table.drop_column("reviewer_id")
        table.drop_column("submitted_at")
        table.drop_column("report_to_customers")
        table.drop_column("report_to")
        table.drop_column("report_every")
        table.create_check_constraint(
            op.f("ck_policy_version_published_complete"),
            "state = 'draft' OR (valid_from IS NOT NULL AND published_at IS NOT NULL AND publisher_id IS NOT NULL)",
        )
        table.create_check_constraint(op.f("ck_policy_version_state"), "state IN ('draft', 'published')")
    with op.batch_alter_table("notice") as table:
        table.drop_constraint(op.f("ck_notice_to_somebody"), type_="check")
        table.alter_column("user_id", existing_type=sa.Integer(), nullable=False)
        table.drop_column("paper")
        table.drop_column("address")
    with op.batch_alter_table("policy") as table:
        table.drop_constraint(op.f("ck_policy_group_scope"), type_="check")
        table.drop_constraint(op.f("ck_policy_scope"), type_="check")
        table.drop_constraint(op.f("fk_policy_group_id_customer_group"), type_="foreignkey")
        table.drop_column("group_id")
        table.create_check_constraint(op.f("ck_policy_scope"), "scope IN ('customer', 'tier', 'default')")
    with op.batch_alter_table("customer") as table:
        table.drop_constraint(op.f("fk_customer_group_id_customer_group"), type_="foreignkey")
        table.drop_column("group_id")
    with op.batch_alter_table("service_unit") as table:
        table.drop_constraint(op.f("ck_service_unit_escalate_to"), type_="check")
        table.drop_column("closed")
        table.drop_column("escalate_to")
    with op.batch_alter_table("identity") as table:
        table.drop_column("stopped")
    with op.batch_alter_table("identity_balance") as table:
        table.drop_constraint(op.f("ck_identity_balance_picked_from_the_shelf"), type_="check")
        table.drop_constraint(op.f("ck_identity_balance_picked"), type_="check")
        table.drop_column("picked")
    with op.batch_alter_table("reservation") as table:
        table.drop_constraint(op.f("ck_reservation_picked"), type_="check")
        table.drop_column("picked")
    with op.batch_alter_table("business_calendar") as table:
        table.drop_column("works_on_holidays")
        table.drop_column("cut_off")
        table.drop_column("name_en")
        table.drop_column("name_th")
    op.create_index("uq_service_level_kind", "service_level", ["version_id", "kind"], unique=True)
