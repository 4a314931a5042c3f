"""A page that lists costs as many statements with ten thousand rows as with a handful, and never reads them all."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from portal.db import Base
from tests import postgres
from tests.architecture.listing import TODAY, Scene, fill, open_scene, visit
from tests.architecture.plans import read_whole
from tests.conftest import TEMPLATE

pytestmark = pytest.mark.slow
MOST = 500
"""Rows that one statement for one page may give back: as many as the longest choice of companies."""
PAGE = 20
"""A list that shows fewer rows of thousands shows too few for this test to mean anything."""
THOUSANDS = 10_000
LISTS = {
    "adjustments.index": "stock_adjustment",
    "alerts.board": "stock_alert",
    "assortment.index": "catalogue_rule",
    "attainment.cases": "promise",
    "companies.companies": "customer",
    "counts.index": "count_sheet",
    "dealings.index": "reservation",
    "desk_compensations.compensations": "compensation",
    "desk_complaints.complaints": "complaint",
    "desk_consulting.appointments": "consulting_slot",
    "desk_document_errors.errors": "document_error",
    "desk_expedites.index": "expedite_request",
    "desk_loaners.pool": "loaner_unit",
    "desk_notices.notices": "product_notice",
    "desk_offers.index": "substitute_offer",
    "desk_orders.credits": "credit_note",
    "desk_orders.orders": "customer_order",
    "desk_orders.picking": "schedule_line",
    "desk_repairs.repairs": "repair",
    "desk_returns.returns": "goods_return",
    "desk_seminars.index": "seminar",
    "contingencies.index": "contingency_plan",
    "disruptions.index": "disruption",
    "groups.index": "customer_group",
    "history.entries": "audit_entry",
    "identities.index": "identity",
    "identities.quarantine": "stock",
    "imports.runs_page": "import_run",
    "jobs.runs": "job_run",
    "my_attainment.cases": "promise",
    "my_codes.index": "customer_item",
    "my_compensation.compensations": "compensation",
    "my_complaints.complaints": "complaint",
    "my_consulting.bookings": "consulting_slot",
    "my_expedites.index": "expedite_request",
    "my_notices.notices": "product_notice_recipient",
    "my_offers.index": "substitute_offer",
    "my_orders.credits": "credit_note",
    "my_orders.orders": "customer_order",
    "my_repairs.loans": "loan",
    "my_repairs.repairs": "repair",
    "my_reports.index": "service_report",
    "my_returns.returns": "goods_return",
    "my_seminars.index": "seminar",
    "my_seminars.went_to": "seminar_sign_up",
    "my_units.units": "identity_balance",
    "people.everybody": "user_account",
    "policies_manager.index": "policy",
    "products.index": "product",
    "products.proof": "movement",
    "purchases.index": "purchase_order",
    "receipts.history": "inbound_receipt",
    "receipts.index": "inbound_receipt",
    "replenishment.board": "replenishment_proposal",
    "service_reports.index": "service_report",
    "session.notifications": "notice",
    "shop.catalogue": "product",
    "fill_rates.lines": "order_line",
    "fill_rates.stock_outs": "stock_out",
    "stock_outs.board": "stock_out",
    "transfers.index": "transfer",
}
"""Every page that lists what grows with the years, and the table it lists."""
SHORT_LISTS = {
    "adjustments.new",
    "counts.new",
    "dealing_rules.show",
    "warehouses.board",
    "desk_consultants.index",
    "my_consulting.times",
    "desk_contacts.show",
    "desk_expedites.terms",
    "following.index",
    "identities.set_aside",
    "my_contacts.show",
    "places.index",
    "places.new_warehouse",
    "price_lists.index",
    "policies_calendar.year",
    "policies_manager.holds",
    "policies_manager.new",
    "receipts.new",
    "shop.basket",
    "transfers.new",
    "disruptions.new",
    "units.index",
}
"""Pages that show, or offer to choose from, what there are tens or hundreds of: all of it, in one page."""
NO_LISTS = {
    "adjustments.set_terms",
    "counts.record_accuracy",
    "fill_rates.figures",
    "transfers.costs",
    "attainment.export",
    "attainment.show",
    "companies.new",
    "contingencies.new",
    "desk_complaints.new",
    "desk_consultants.new",
    "desk_limits.approval_limits",
    "desk_notices.new",
    "desk_repairs.new",
    "desk_returns.start",
    "desk_seminars.new",
    "groups.new",
    "imports.new",
    "jobs.overview",
    "lot_days.correct",
    "measures.figures",
    "my_complaints.new",
    "my_offers.consent",
    "my_repairs.new",
    "my_units.warranty",
    "policies_calendar.new_place",
    "people.invite",
    "places.new_supplier",
    "price_lists.new",
    "policies_customer.mine",
    "product_files.new",
    "product_packs.new",
    "products.new",
    "purchase_drafts.new",
    "session.forgot_password",
    "session.healthz",
    "session.home",
    "session.readyz",
    "session.search",
    "session.sign_in",
    "substitutes.new",
    "units.new",
}
"""Forms and figures; they are asked for all the same, and may take no more of thousands either."""
EXPORTS = {"fill_rates.export", "my_codes.export"}
"""Files with everything in them; no page shows them."""
READ_WHOLE = {
    "counts.record_accuracy": {"count_line", "count_sheet"},
    "desk_complaints.complaints": {"complaint", "compensation", "customer_order", "promise", "user_account"},
    "desk_orders.picking": {
        "customer",
        "customer_order",
        "order_line",
        "promise",
        "reservation",
        "schedule_line",
    },
    "my_units.units": {"identity_balance", "repair"},
    "people.everybody": {"user_account"},
    "products.proof": set(Base.metadata.tables),
    "shop.catalogue": {"catalogue_rule"},
    "stock_outs.board": {"user_account"},
    "warehouses.board": {"product", "stock"},
}
"""Tables that these pages do read whole: all that waits is put in order by what other tables say of it (complaints,
picking), a company's own units, the people of the house by name, the accounts of followers; a proof proves it all;
the figures of a warehouse and of a year of counts are sums of them; and nearly all rules of this house are those of the
one company that looks at its catalogue."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The portal when each page was asked for with a handful of rows, and then with thousands."""
    folder = tmp_path_factory.mktemp("lists")
    with _database(request, folder) as url, time_machine.travel(TODAY, tick=True):
        scene = open_scene(url, folder)
        scene.few = visit(scene)
        fill(scene)
        scene.many = visit(scene, asked=scene.few)
        yield scene
        scene.engine.dispose()


@contextmanager
def _database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The address of an empty database of this kind, for as long as it is needed."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "lists.db")
        yield f"sqlite:///{folder / 'lists.db'}"
        return
    server: postgres.Server = request.getfixturevalue("postgres_template")
    name = f"t_{uuid.uuid4().hex[:16]}"
    yield postgres.create_database(server.admin_url, name, template=TEMPLATE)
    postgres.drop_database(server.admin_url, name)


def test_every_page_is_said_to_be_a_list_or_none(scene: Scene) -> None:
    there = set(scene.pages.values())
    known = LISTS.keys() | SHORT_LISTS | NO_LISTS | EXPORTS
    assert there - known == set(), "say of these whether they list something"
    assert known - there == set(), "there are no such pages"


def test_every_list_was_seen_with_thousands_of_rows(scene: Scene) -> None:
    with scene.engine.connect() as connection:
        rows = {
            name: connection.scalar(select(func.count()).select_from(Base.metadata.tables[name])) or 0
            for name in set(LISTS.values())
        }
    assert {name: count for name, count in rows.items() if count < THOUSANDS} == {}
    seen = dict.fromkeys(LISTS, 0)
    for (_, path), shown in scene.many.items():
        endpoint = scene.endpoint(path)
        if endpoint in seen:
            seen[endpoint] = max(seen[endpoint], *(sent.rows for sent in shown.sent))
    assert {endpoint: most for endpoint, most in seen.items() if most < PAGE} == {}


def test_a_page_takes_as_many_statements_for_thousands_of_rows_as_for_a_handful(scene: Scene) -> None:
    faults = [
        f"{role} {path}: {shown.status}, {len(scene.few[role, path].sent)} statements, then {len(shown.sent)}"
        for (role, path), shown in scene.many.items()
        if (role, path) in scene.few
        and (shown.status != 200 or len(shown.sent) != len(scene.few[role, path].sent))
    ]
    assert not faults, "\n".join(faults)


def test_a_later_page_takes_no_more_statements_than_the_first(scene: Scene) -> None:
    later = {place: shown for place, shown in scene.many.items() if place not in scene.few}
    faults = []
    for (role, path), shown in later.items():
        first = scene.many[role, path.split("?")[0]]
        if shown.status != 200 or len(shown.sent) > len(first.sent):
            faults.append(f"{role} {path}: {shown.status}, {len(shown.sent)} instead of {len(first.sent)}")
    assert len(later) > len(LISTS) // 2
    assert not faults, "\n".join(faults)


def test_no_statement_gives_back_more_rows_than_a_page_needs(scene: Scene) -> None:
    faults = [
        f"{role} {path}: {sent.rows} rows by {' '.join(sent.statement.split())[:200]}"
        for (role, path), shown in scene.many.items()
        for sent in shown.sent
        if sent.rows > MOST and scene.endpoint(path) not in EXPORTS
    ]
    assert not faults, "\n".join(faults)


def test_a_page_of_a_list_is_found_by_an_index(scene: Scene) -> None:
    if scene.engine.dialect.name != "postgresql":
        pytest.skip("only PostgreSQL says how much it has read")
    faults = [
        f"{role} {path}: {told}"
        for (role, path), shown in scene.many.items()
        if scene.endpoint(path) in LISTS and "?" not in path
        for sent in shown.sent
        if " LIMIT " in sent.statement.replace("\n", " ")
        for table, told in read_whole(scene.engine, sent.statement, sent.parameters)
        if table not in READ_WHOLE.get(scene.endpoint(path), ())
    ]
    assert not faults, "\n".join(sorted(set(faults)))
