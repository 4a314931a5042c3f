"""Sheets are drawn, counted blind, counted again where they differ, and their differences decided by somebody else."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import accuracy, adjusting, classing, counting, drawing_counts, shelving, stocking
from inventory.counts import AdjustmentState, CountSheet, SheetState, StockAdjustment
from inventory.drawing_counts import WORKING_DAYS, Wanted, share_of
from inventory.identifying import LotFacts
from inventory.ledger import Move
from inventory.models import Product, Tracking
from inventory.proving import differences
from inventory.tracing import identity_named
from policies import calendars
from policies.kinds import Kind
from policies.measuring import missing
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import transaction
from portal.i18n import speaking
from portal.recording import EVERYBODY
from portal.refusal import Refused
from tests.conftest import NOON
from tests.inventory.counted import count, difference_of, draw, hand_in, line_of, nothing_at_once, person
from tests.inventory.makers import (
    Scene,
    balance_of,
    make_product,
    make_scene,
    make_supplier,
    make_warehouse,
    speak_for,
)


@pytest.fixture
def staff(session: Session) -> User:
    return person(session, "somchai")


@pytest.fixture
def other(session: Session) -> User:
    return person(session, "nok")


@pytest.fixture
def manager(session: Session) -> User:
    found = person(session, "malee", Role.MANAGER)
    nothing_at_once(session, found, tolerance_c_bp=1000)
    return found


@pytest.fixture
def scene(session: Session) -> Scene:
    return make_scene(session, on_hand=10)


def use(session: Session, scene: Scene, units: int, cause: str = "SH-1") -> None:
    """Units leave while somebody counts."""
    from inventory import reserving  # noqa: PLC0415 - only here

    ids = speak_for(session, scene.place, units)
    with transaction(session):
        reserving.consume_all(session, {cause: dict.fromkeys(ids, units)}, by=None, now=NOON)


def test_a_count_within_tolerance_closes_the_sheet_and_the_difference_waits_for_approval(
    session, scene, staff, manager
):
    sheet = draw(session, scene, staff)
    count(session, sheet, 9, staff)
    assert hand_in(session, sheet, staff) == SheetState.REVIEW
    line = line_of(session, sheet)
    assert (line.accurate, difference_of(session, sheet).quantity) == (True, -1)
    assert balance_of(session, scene.place).on_hand == 10
    with pytest.raises(Refused, match="Somebody else decides"), transaction(session):
        adjusting.approve(session, difference_of(session, sheet), by=staff, now=NOON)
    with transaction(session):
        adjusting.approve(session, difference_of(session, sheet), by=manager, now=NOON)
    session.refresh(sheet)
    assert (sheet.state, sheet.closed_at) == (SheetState.CLOSED, NOON)
    assert balance_of(session, scene.place).on_hand == 9
    assert differences(session) == []


def test_a_count_that_agrees_closes_the_sheet_at_once(session, scene, staff, manager):
    sheet = draw(session, scene, staff)
    count(session, sheet, 10, staff)
    assert hand_in(session, sheet, staff) == SheetState.CLOSED
    assert session.scalar(select(func.count(StockAdjustment.id))) == 0


def test_what_moves_after_the_count_was_entered_does_not_matter(session, scene, staff, manager):
    sheet = draw(session, scene, staff)
    count(session, sheet, 9, staff)
    use(session, scene, 4)
    with transaction(session):
        move = Move(scene.place, 3)
        stocking.put_back(session, [move], "RMA-1", by=None, now=NOON)
    hand_in(session, sheet, staff)
    line = line_of(session, sheet)
    assert (line.expected, difference_of(session, sheet).quantity) == (10, -1)
    with transaction(session):
        adjusting.approve(session, difference_of(session, sheet), by=manager, now=NOON)
    assert balance_of(session, scene.place).on_hand == 8
    assert differences(session) == []


def test_a_count_entered_anew_is_held_against_the_books_of_that_moment(session, scene, staff, manager):
    sheet = draw(session, scene, staff)
    count(session, sheet, 10, staff)
    use(session, scene, 4)
    count(session, sheet, 6, staff)
    assert line_of(session, sheet).expected == 6
    assert hand_in(session, sheet, staff) == SheetState.CLOSED


def test_what_differs_too_much_is_counted_again_by_somebody_else(session, scene, staff, other, manager):
    sheet = draw(session, scene, staff)
    count(session, sheet, 5, staff)
    assert hand_in(session, sheet, staff) == SheetState.RECOUNT
    with pytest.raises(Refused, match="somebody else counts it again"):
        count(session, sheet, 10, staff)
    with pytest.raises(Refused, match="not counted yet"):
        hand_in(session, sheet, other)
    count(session, sheet, 10, other)
    assert hand_in(session, sheet, other) == SheetState.CLOSED
    line = line_of(session, sheet)
    assert (line.counted, line.recounted, line.accurate) == (5, 10, False)
    assert balance_of(session, scene.place).on_hand == 10


def test_neither_who_counted_first_nor_who_counted_again_decides(session, scene, staff, other, manager):
    sheet = draw(session, scene, staff)
    count(session, sheet, 5, staff)
    hand_in(session, sheet, staff)
    count(session, sheet, 6, other)
    assert hand_in(session, sheet, other) == SheetState.REVIEW
    found = difference_of(session, sheet)
    assert found.quantity == -4
    for person_involved in (staff, other):
        with pytest.raises(Refused, match="Somebody else decides"), transaction(session):
            adjusting.approve(session, found, by=person_involved, now=NOON)
    with transaction(session):
        adjusting.refuse(session, found, "They are in the van", by=manager, now=NOON)
    assert session.get_one(CountSheet, sheet.id).state == SheetState.CLOSED
    assert balance_of(session, scene.place).on_hand == 10


def test_where_nobody_else_works_the_first_count_stands(session, scene):
    alone = person(session, "alone", Role.MANAGER)
    nothing_at_once(session, alone)
    sheet = draw(session, scene, alone)
    count(session, sheet, 5, alone)
    assert hand_in(session, sheet, alone) == SheetState.REVIEW
    assert line_of(session, sheet).accurate is False


def test_small_differences_of_a_count_are_booked_at_once(session, staff, other, manager):
    nothing_at_once(session, manager, at_once_minor=1_000_00, tolerance_c_bp=5000)
    scene = Scene(
        make_product(session, unit_cost=Decimal(100)), make_warehouse(session), make_supplier(session)
    )
    with transaction(session):
        stocking.open_stock(session, scene.product, scene.warehouse, 10, by=None, now=NOON)
    sheet = draw(session, scene, staff)
    count(session, sheet, 11, staff)
    assert hand_in(session, sheet, staff) == SheetState.CLOSED
    assert difference_of(session, sheet).state == AdjustmentState.APPROVED
    assert balance_of(session, scene.place).on_hand == 11


def test_a_sheet_that_is_closed_or_called_off_takes_no_counts(session, scene, staff, manager):
    done = draw(session, scene, staff)
    count(session, done, 10, staff)
    hand_in(session, done, staff)
    with pytest.raises(Refused, match="takes no counts any more"):
        count(session, done, 8, staff)
    with pytest.raises(Refused, match="takes no counts any more"):
        hand_in(session, done, staff)
    dropped = draw(session, scene, staff)
    with transaction(session):
        counting.call_off(session, dropped, by=staff, now=NOON)
    with speaking("en"), pytest.raises(Refused, match="Called off"):
        count(session, dropped, 8, staff)
    assert line_of(session, done).counted == 10
    assert line_of(session, dropped).counted is None


def test_a_sheet_that_was_handed_in_is_not_called_off(session, scene, staff, other, manager):
    sheet = draw(session, scene, staff)
    count(session, sheet, 1, staff)
    hand_in(session, sheet, staff)
    with pytest.raises(Refused, match="handed in already"), transaction(session):
        counting.call_off(session, sheet, by=staff, now=NOON)


@pytest.mark.parametrize("counted", [-1, 10**7, 10**10])
def test_a_count_that_cannot_be_is_refused(session, scene, staff, counted):
    sheet = draw(session, scene, staff)
    with pytest.raises(Refused, match=r"0 or more|are no count"):
        count(session, sheet, counted, staff)
    assert line_of(session, sheet).counted is None


def serial_scene(session: Session) -> Scene:
    scene = Scene(
        make_product(session, tracking=Tracking.SERIAL), make_warehouse(session), make_supplier(session)
    )
    with transaction(session):
        serials = ["SN-1", "SN-2", "SN-3"]
        stocking.open_stock(session, scene.product, scene.warehouse, 4, serials=serials, by=None, now=NOON)
    return scene


def test_a_serial_counted_twice_is_refused(session, staff):
    sheet = draw(session, serial_scene(session), staff)
    with pytest.raises(Refused, match="SN-1 is counted twice"):
        count(session, sheet, 0, staff, serials=["SN-1", "SN-2", "sn-1"])
    assert line_of(session, sheet).counted is None


def test_a_serial_that_is_missing_leaves_and_a_strange_one_comes_into_the_books(
    session, staff, other, manager
):
    scene = serial_scene(session)
    sheet = draw(session, scene, staff)
    count(session, sheet, 0, staff, serials=["SN-1", "SN-3", "SN-7", "SN-8"])
    assert hand_in(session, sheet, staff) == SheetState.RECOUNT
    count(session, sheet, 0, other, serials=["SN-1", "SN-3", "SN-7", "SN-8"])
    assert hand_in(session, sheet, other) == SheetState.REVIEW
    found = difference_of(session, sheet)
    assert (found.quantity, found.numbers) == (0, {"SN-2": -1, "SN-7": 1, "SN-8": 1})
    with transaction(session):
        adjusting.approve(session, found, by=manager, now=NOON)
    assert balance_of(session, scene.place).on_hand == 4
    assert identity_named(session, scene.product.id, "SN-7") is not None
    assert differences(session) == []


def test_lots_are_counted_one_by_one(session, staff, other, manager):
    scene = Scene(
        make_product(session, tracking=Tracking.LOT), make_warehouse(session), make_supplier(session)
    )
    with transaction(session):
        lots = {LotFacts("L-1"): 3, LotFacts("L-2"): 2}
        stocking.open_stock(session, scene.product, scene.warehouse, 6, lots=lots, by=None, now=NOON)
    sheet = draw(session, scene, staff)
    for n, counted in enumerate((2, 3, 1), start=1):
        count(session, sheet, counted, staff, n=n)
    hand_in(session, sheet, staff)
    for n, counted in enumerate((2, 3), start=1):
        count(session, sheet, counted, other, n=n)
    assert hand_in(session, sheet, other) == SheetState.REVIEW
    with pytest.raises(Refused, match="was counted well enough"):
        sheet.state = SheetState.RECOUNT
        session.commit()
        count(session, sheet, 1, other, n=3)
    sheet = session.get_one(CountSheet, sheet.id)
    sheet.state = SheetState.REVIEW
    session.commit()
    for n in (2, 1):
        with transaction(session):
            adjusting.approve(session, difference_of(session, sheet, n), by=manager, now=NOON)
    assert balance_of(session, scene.place).on_hand == 6
    assert differences(session) == []


def test_what_is_on_an_open_sheet_is_not_drawn_again(session, scene, staff):
    draw(session, scene, staff)
    with pytest.raises(Refused, match="Nothing is left to draw"):
        draw(session, scene, staff)
    with pytest.raises(Refused, match="There is no product NONE"):
        draw(session, scene, staff, skus=["NONE"])


def test_a_sheet_follows_the_bins_and_is_no_longer_than_the_terms_say(session, scene, staff, manager):
    nothing_at_once(session, manager, lines_a_sheet=2)
    others = [make_product(session) for _ in range(2)]
    with transaction(session):
        for product in others:
            stocking.open_stock(session, product, scene.warehouse, 1, by=None, now=NOON)
    bins = {scene.product.sku: "b-02", others[0].sku: "a-10", others[1].sku: "b-01"}
    with transaction(session):
        assert shelving.set_bins(session, scene.warehouse, bins, by=staff, now=NOON) == 3
    with transaction(session):
        assert shelving.set_bins(session, scene.warehouse, bins, by=staff, now=NOON) == 0
    with transaction(session):
        sheets = drawing_counts.draw(session, scene.warehouse, Wanted(), by=staff, now=NOON)
    assert [[line.bin for line in sheet.lines] for sheet in sheets] == [["A-10", "B-01"], ["B-02"]]
    with pytest.raises(Refused, match="at most 20 characters"), transaction(session):
        shelving.set_bins(session, scene.warehouse, {scene.product.sku: "X" * 21}, by=staff, now=NOON)


def test_products_are_classed_by_their_share_of_what_leaves(session, staff):
    scenes = [
        Scene(make_product(session, unit_cost=Decimal(cost)), make_warehouse(session), make_supplier(session))
        for cost in (79, 15, 5, 1)
    ]
    unsold = make_product(session, unit_cost=Decimal(100))
    for n, scene in enumerate(scenes):
        with transaction(session):
            stocking.open_stock(session, scene.product, scene.warehouse, 5, by=None, now=NOON)
        use(session, scene, 1, f"SH-{n}")
    assert classing.class_products(session, NOON) == 5
    session.expire_all()
    classes = [session.get_one(Product, scene.product.id).abc for scene in scenes]
    assert classes == ["A", "A", "B", "C"]
    assert session.get_one(Product, unsold.id).abc == "C"
    assert classing.class_products(session, NOON) == 0
    assert classing.class_products(session, NOON + timedelta(days=400)) == 3


@pytest.mark.parametrize(("abc", "count_"), [("A", 7), ("B", 500), ("C", 12_345)])
def test_over_its_working_days_everything_of_a_class_comes_once_and_evenly(abc, count_):
    shares = [share_of(count_, abc, index) for index in range(1000, 1000 + WORKING_DAYS[abc])]
    assert sum(shares) == count_
    assert max(shares) - min(shares) <= 1


def test_each_working_day_the_job_draws_its_share_once_longest_ago_first(session, scene, staff, manager):
    products = [scene.product, *(make_product(session) for _ in range(41))]
    with transaction(session):
        calendars.set_up(session, range(2024, 2027), now=NOON)
        for product in products[1:]:
            stocking.open_stock(session, product, scene.warehouse, 1, by=None, now=NOON)
        for product in products:
            session.merge(product).abc = "A"
    assert drawing_counts.draw_sheets(session, NOON) == 1
    assert drawing_counts.draw_sheets(session, NOON) == 0
    (first,) = session.scalars(select(CountSheet))
    assert (first.abc, first.drawn_by_id, len(first.lines)) == ("A", None, 2)
    assert first.due_on == date(2026, 4, 2)
    sunday = NOON + timedelta(days=4)
    assert drawing_counts.draw_sheets(session, sunday) == 0
    assert drawing_counts.draw_sheets(session, NOON + timedelta(days=1)) == 1
    drawn = [line.product_id for sheet in session.scalars(select(CountSheet)) for line in sheet.lines]
    assert len(drawn) == len(set(drawn)) == 4


def test_accuracy_is_lines_within_tolerance_at_first_count_of_all_counted(
    session, scene, staff, other, manager
):
    good = draw(session, scene, staff)
    count(session, good, 10, staff)
    hand_in(session, good, staff)
    bad = draw(session, scene, staff)
    count(session, bad, 1, staff)
    hand_in(session, bad, staff)
    count(session, bad, 10, other)
    hand_in(session, bad, other)
    open_ = draw(session, scene, staff)
    count(session, open_, 10, staff)
    since, until = NOON - timedelta(days=1), NOON + timedelta(days=1)
    (cell,) = accuracy.cells(session, since, until)
    assert (cell.month, cell.warehouse, cell.abc) == ("2026-04", scene.warehouse.code, "C")
    assert (cell.lines, cell.good) == (2, 1)
    (rate,) = accuracy.stock_accuracy(session, since, until, None)[EVERYBODY]
    assert (rate.kind, rate.cases, rate.good, rate.months) == ("stock_accuracy", 2, 1, {"2026-04": (2, 1)})
    assert accuracy.stock_accuracy(session, until, until, None) == {}


def test_the_accuracy_of_the_stock_can_be_promised():
    assert missing(Kind.STOCK_ACCURACY) == []
