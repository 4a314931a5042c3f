"""Before, during and after the order in Chromium, in Thai and in English; the English pictures are the README's."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from aftersales.pooling import add_to_pool
from inventory.models import Tracking
from inventory.tracing import identity_named
from portal.clock import business_day
from portal.db import transaction
from tests.journeys.house import House, stock_shelves
from tests.papers import text_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(params=["en", "th"])
def language(request: pytest.FixtureRequest) -> str:
    """What everybody on the pages of the test speaks."""
    spoken: str = request.param
    return spoken


def either(language: str, english: str, thai: str) -> str:
    """The words of the language spoken."""
    return thai if language == "th" else english


def test_before_a_manager_publishes_what_is_promised_and_the_customer_reads_it(house: House, language: str):
    world = house.world
    manager, buyer = house.enter(world.manager, language), house.enter(world.buyer, language)
    manager.open("/manage/policies/new")
    manager.send(
        scope="customer",
        customer=world.customer.code,
        name_th="ข้อตกลงการให้บริการ",
        name_en="Service agreement",
    )
    answers = {"complaint_answer": "1", "repair": "7", "loaner": "1"}
    promised: dict[str, Any] = {f"{kind}_0": True for kind in answers}
    promised |= {f"{kind}_0_count": days for kind, days in answers.items()}
    manager.send(
        lead_time_0=True,
        lead_time_0_count="2",
        lead_time_0_clock="working",
        lead_time_0_cut_off="15:00",
        lead_time_0_target="97",
        lead_time_0_per_day="1.5",
        lead_time_0_cap="10",
        complaint_answer_0_per_day="50",
        complaint_answer_0_cap="500",
        return_days="45",
        **promised,
    )
    manager.send("/submit")
    reviewer = house.enter(world.admin, language)
    reviewer.open(manager.page.url.removeprefix(house.url))
    reviewer.follow("/publish")
    reviewer.send(valid_from=business_day(world.now).isoformat(), reason="Agreed for the coming year")
    buyer.open("/my/policy")
    buyer.sees(either(language, "Service agreement", "ข้อตกลงการให้บริการ"), "45", "50.00", "500.00", "97")
    if language == "en":
        buyer.take("1-policy", tallest=1250)
    paper = buyer.page.locator(f"main a[href$='.{language}.pdf']").first.get_attribute("href") or ""
    read = text_of(buyer.page.request.get(house.url + paper).body())
    assert either(language, "Service agreement", "ข้อตกลงการให้บริการ") in read


def test_during_a_short_line_is_offered_a_substitute_that_the_buyer_accepts(house: House, language: str):
    world = house.world
    with transaction(world.session):
        stock_shelves(world)
    buyer = house.enter(world.buyer, language)
    buyer.open("/my/catalogue/SOAP-1")
    buyer.fill("/my/basket/add", quantity="10").locator("button[type=submit]").last.click()
    buyer.page.wait_for_load_state("networkidle")
    buyer.open("/my/basket")
    buyer.send(button="place")
    number = buyer.number()
    if language == "en":
        buyer.take("5-substitute", tallest=900)
    buyer.sees("SOAP-2", "13.00")
    buyer.send("/accept")
    assert buyer.number() == number
    buyer.sees("SOAP-2", either(language, "Rose bar soap", "สบู่ก้อนกลิ่นกุหลาบ"), "128.40")
    staff = house.enter(world.staff, language)
    staff.open(f"/desk/orders/{number}")
    staff.sees("SOAP-2", either(language, "3 of these replaced by SOAP-2", "SOAP-2"))


def test_during_faster_delivery_is_asked_for_and_decided(house: House, language: str):
    world = house.world
    with transaction(world.session):
        rice = stock_shelves(world)["rice"]
        order = world.order({rice: 20})
    buyer, staff = house.enter(world.buyer, language), house.enter(world.staff, language)
    buyer.open(f"/my/orders/{order.number}")
    buyer.follow("/sooner")
    wanted = business_day(world.now) + timedelta(days=2)
    buyer.send(wanted_on=wanted.isoformat(), reason="The shop opens on Friday")
    request = buyer.number()
    staff.open("/desk/expedites")
    staff.follow(request)
    if language == "en":
        staff.take("6-sooner", tallest=1050)
    staff.sees("320.00", "700.00")
    staff.send("/approve", charge="120.00", note="As you agreed by phone")
    buyer.open(f"/my/expedites/{request}")
    buyer.send("/accept")
    buyer.sees("120.00", either(language, "It comes sooner", "2569"))
    buyer.open(f"/my/orders/{order.number}")
    buyer.sees(either(language, "Next day", "ส่งวันถัดไป"), either(language, "first promised for", "2569"))


def test_during_a_flood_moves_promises_and_the_buyer_chooses(house: House, language: str):
    world = house.world
    with transaction(world.session):
        shelf = stock_shelves(world)
        kept = world.order({shelf["rice"]: 20, shelf["rose"]: 6})
        given_up = world.order({shelf["rice"]: 5})
    manager, buyer = house.enter(world.manager, language), house.enter(world.buyer, language)
    today = business_day(world.now)
    manager.open("/manage/disruptions/new")
    manager.send(
        kind="flood",
        starts_on=today.isoformat(),
        ends_on=(today + timedelta(days=23)).isoformat(),
        what_th="ถนนหน้าคลังน้ำท่วม",
        what_en="The road to the warehouse is flooded",
    )
    disruption = manager.number()
    manager.sees(kept.number, given_up.number)
    if language == "en":
        manager.take("7-disruption", tallest=960)
    manager.send("/confirm")
    buyer.open("/")
    buyer.sees(either(language, "The road to the warehouse is flooded", "ถนนหน้าคลังน้ำท่วม"))
    buyer.open(f"/my/disruptions/{disruption}")
    if language == "th":
        buyer.take("8-choices")
    row = buyer.page.locator("tr", has_text=given_up.number)
    with buyer.page.expect_navigation():
        row.locator("button[value=cancel]").click()
    buyer.sees(either(language, "Cancelled", given_up.number))
    buyer.send("/wait-for-all")
    manager.open(f"/manage/disruptions/{disruption}")
    manager.sees(world.buyer.name)
    buyer.open(f"/my/orders/{kept.number}")
    buyer.sees(either(language, "first promised for", "2569"))


def test_after_a_unit_is_repaired_while_a_loaner_helps_out(house: House, language: str):
    world = house.world
    with transaction(world.session):
        printer = world.product(
            "PRINT",
            name_th="เครื่องพิมพ์ฉลาก",
            name_en="Label printer",
            price="4000.00",
            stock=4,
            tracking=Tracking.SERIAL,
        )
        world.delivered(world.order({printer: 1}))
        spare = identity_named(world.session, printer.id, "PRINT-0004")
        assert spare is not None
        add_to_pool(world.session, spare, "As new", by=world.staff, now=world.now)
    buyer, staff = house.enter(world.buyer, language), house.enter(world.staff, language)
    buyer.open("/my/units")
    buyer.follow("PRINT-0001")
    buyer.follow("/my/repairs/new")
    buyer.send(fault=either(language, "It prints stripes.", "พิมพ์ออกมาเป็นเส้น"), loaner_wanted=True)
    number = buyer.number()
    staff.open(f"/desk/repairs/{number}")
    staff.send("/receive", warehouse="BKK")
    unit = staff.page.locator("#lend option", has_text="PRINT-0004").get_attribute("value")
    staff.send("/lend", unit=unit)
    found = either(language, "The print head is worn.", "หัวพิมพ์สึก")
    staff.send("/quote", diagnosis=found, parts="800", labour="450")
    buyer.open(f"/my/repairs/{number}")
    buyer.sees("1,250.00", "PRINT-0004", found)
    if language == "th":
        buyer.take("11-repair")
    buyer.send("/approve")
    staff.open(f"/desk/repairs/{number}")
    staff.send("/repaired", work_done="New print head, test page printed.")
    staff.follow("/desk/loans/")
    staff.send("/take-back", grade="good", note="Clean and complete")
    staff.open(f"/desk/repairs/{number}")
    staff.send("/send-back", carrier="Kerry", tracking_no="TH77")
    buyer.open(f"/my/repairs/{number}")
    buyer.sees("TH77", "New print head, test page printed.")
    buyer.open("/my/loans")
    buyer.sees("PRINT-0004")


def test_after_goods_go_back_and_are_credited(house: House, language: str):
    world = house.world
    with transaction(world.session):
        rice = stock_shelves(world)["rice"]
        order = world.order({rice: 24})
        world.delivered(order)
    buyer, staff = house.enter(world.buyer, language), house.enter(world.staff, language)
    buyer.open(f"/my/orders/{order.number}")
    buyer.follow("/return")
    buyer.send(quantity_1="6", reason_1="damaged", remedy="credit", note="Wet bags")
    number = buyer.number()
    staff.open("/desk/returns")
    staff.follow(number)
    staff.send("/authorise", note="Please keep the bags")
    line = staff.page.locator("main [name^=quantity_]").first.get_attribute("name") or ""
    staff.send("/receive", **{line: "6"})
    ways = {f"{line}_scrap": "4", f"{line}_restock": "2", f"{line}_restock".replace("quantity", "grade"): "a"}
    staff.fill("/inspect", **ways)
    if language == "en":
        staff.take("12-return", tallest=820)
    staff.send("/inspect", **ways)
    staff.send("/settle")
    buyer.open(f"/my/returns/{number}")
    buyer.sees("1,187.70", either(language, "Scrap", "RT-"))
    buyer.follow("/my/credits/")
    buyer.sees("1,110.00", "77.70", "1,187.70")


def test_after_a_missed_promise_is_complained_about_compensated_and_settled(house: House, language: str):
    world = house.world
    with transaction(world.session):
        rice = stock_shelves(world)["rice"]
        order = world.order({rice: 20})
    late = world.now + timedelta(days=28)
    with time_machine.travel(late, tick=True):
        with transaction(world.session):
            world.delivered(order, at=late)
        buyer, staff = house.enter(world.buyer, language), house.enter(world.staff, language)
        buyer.open(f"/my/orders/{order.number}")
        buyer.follow("/my/complaints/new?promise=")
        buyer.sees(order.number)
        if language == "en":
            buyer.take("13-complaint")
        buyer.send()
        number = buyer.number()
        staff.open("/desk/complaints")
        staff.follow(number)
        staff.send("/take")
        staff.send("/answer", answer="We are sorry, and credit what the policy promises.")
        staff.follow("/desk/compensations/")
        staff.send("/approve")
        buyer.open(f"/my/complaints/{number}")
        buyer.sees("We are sorry", "CN-2026-00001")
        buyer.send("/settled")
        buyer.open("/my/credits/CN-2026-00001")
        buyer.sees("CN-2026-00001", "฿")
