"""What a buyer agreed to pay for a faster delivery is in the order's total and on its papers, with its VAT."""

from pathlib import Path

from orders import expedite_charges
from orders.acknowledging import acknowledgement_of
from orders.amounts import sum_up
from orders.cancelling import cancel
from orders.charges import charges_of
from orders.documents import acknowledgement_pdf
from orders.expedites import ExpediteRequest
from orders.models import Order
from tests.conftest import settings_for
from tests.makers import World, sign_in
from tests.orders.expediting.asking import a_part, fast_world
from tests.orders.expediting.test_deciding import charged
from tests.papers import text_of


def _agreed(world: World) -> tuple[Order, ExpediteRequest]:
    """An order of ฿1,000 with VAT of ฿70, brought sooner for ฿300 before VAT."""
    order, part = a_part(world)
    request = charged(world, part)
    expedite_charges.accept(world.session, request, by=world.buyer, now=world.now)
    world.session.flush()
    return order, request


def _sums(order: Order) -> tuple[int, int, int]:
    return order.net_minor, order.vat_minor, order.total_minor


def test_a_charge_counts_once_it_is_accepted_and_with_its_vat(world: World) -> None:
    order, part = a_part(world)
    charged(world, part)
    assert _sums(order) == (100_000, 7_000, 107_000), "an offer costs nothing"
    assert charges_of(world.session, order) == []


def test_an_accepted_charge_is_a_line_of_its_own_in_the_next_edition(world: World, tmp_path: Path) -> None:
    order, request = _agreed(world)
    assert _sums(order) == (130_000, 9_100, 139_100)
    (charge,) = charges_of(world.session, order)
    assert (charge.request_no, charge.net_minor, charge.vat_minor) == (request.number, 30_000, 2_100)
    sheet = acknowledgement_of(world.session, order)
    assert (sheet.edition, sheet.total_minor) == (2, 139_100)
    paper = text_of(acknowledgement_pdf(sheet, "en", settings_for("sqlite://", tmp_path).seller))
    for said in ("Faster delivery: Fast NEXT", request.number, "300.00", "before VAT", "1,391.00"):
        assert said in paper
    assert "The first promised day" in paper


def test_nothing_is_charged_any_more_once_all_of_it_is_cancelled(world: World) -> None:
    order, _request = _agreed(world)
    cancel(world.session, order, "Shop closed", by=world.buyer, now=world.now)
    assert _sums(order) == (0, 0, 0)
    assert acknowledgement_of(world.session, order).charges == []


def test_summing_up_again_changes_nothing(world: World) -> None:
    order, _request = _agreed(world)
    before = _sums(order)
    sum_up(world.session, order, order.lines)
    assert _sums(order) == before


def test_both_pages_of_the_order_show_the_charge(app, session, working_noon) -> None:
    world = fast_world(session, working_noon)
    order, request = _agreed(world)
    world.session.commit()
    for person, path in ((world.buyer, "my"), (world.staff, "desk")):
        client = app.test_client()
        sign_in(client, person)
        page = client.get(f"/{path}/orders/{order.number}").text
        for said in ("Faster delivery: Fast NEXT", request.number, "agreed charge before VAT", "1,391.00"):
            assert said in page


def test_the_buyer_reads_the_charge_with_and_without_vat_before_accepting(app, session, working_noon) -> None:
    world = fast_world(session, working_noon)
    _order, part = a_part(world)
    request = charged(world, part)
    world.session.commit()
    client = app.test_client()
    sign_in(client, world.buyer)
    page = client.get(f"/my/expedites/{request.number}").text
    for said in ("300.00 before VAT", "321.00", "Waiting for your answer"):
        assert said in page
    assert "the buyer&#39;s answer" not in page
