"""The pages of faster delivery, disruptions and legs: what is refused, what belongs to others, how many queries."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from orders.disruptions import Disruption, DisruptionEffect
from orders.expedites import ExpediteRequest, RequestState
from portal.accounts.roles import Role
from portal.clock import business_day
from portal.db import transaction
from tests.inventory.makers import statements
from tests.makers import World, make_world, sign_in
from tests.people import make_customer, make_user
from tests.subjects_moves import moves_of


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The use-cases are tried on both databases; the pages need one."""
    return sqlite_url


@pytest.fixture
def world(session, working_noon) -> World:
    with transaction(session):
        return make_world(session, working_noon)


@pytest.fixture
def named(world: World) -> dict[str, str]:
    with transaction(world.session):
        return moves_of(world)


def _client(app, person):
    client = app.test_client()
    sign_in(client, person)
    return client


def test_another_company_sees_neither_requests_nor_disruptions(app, session, world, named):
    with transaction(session):
        other = make_customer(session, "C2", now=world.now)
        stranger = make_user(session, Role.BUYER, customer=other, now=world.now)
    client = _client(app, stranger)
    line = session.scalars(select(DisruptionEffect.id)).first()
    assert client.get(f"/my/expedites/{named['request_no']}").status_code == 404
    assert client.post(f"/my/expedites/{named['request_no']}/withdraw").status_code == 404
    assert client.get(f"/my/disruptions/{named['disruption_no']}").status_code == 404
    chosen = {"line": line, "choice": "cancel"}
    assert client.post(f"/my/disruptions/{named['disruption_no']}/choose", data=chosen).status_code == 404
    assert client.get(f"/my/orders/{named['my_expedites.ask:number']}/sooner").status_code == 404
    assert named["request_no"] not in client.get("/my/expedites").text
    session.expire_all()
    assert session.scalar(select(func.count()).where(DisruptionEffect.choice.is_not(None))) == 0
    assert session.scalars(select(ExpediteRequest.state)).all() == [RequestState.ASKED]


def test_a_line_of_another_disruption_or_a_choice_there_is_not_is_not_found(app, session, world, named):
    client = _client(app, world.buyer)
    at = f"/my/disruptions/{named['disruption_no']}/choose"
    line = session.scalars(select(DisruptionEffect.id)).first()
    assert client.post(at, data={"line": line + 1000, "choice": "wait"}).status_code == 404
    assert client.post(at, data={"line": line, "choice": "shout"}).status_code == 404
    assert client.post(at, data={"choice": "wait"}).status_code == 404
    for line in ("9" * 30, "-1"):
        assert client.post(at, data={"line": line, "choice": "wait"}).status_code == 404
    page = {"page": "9" * 30}
    assert client.get(f"/my/disruptions/{named['disruption_no']}", query_string=page).status_code == 400


def test_what_is_missing_or_wrong_in_a_form_is_said_and_nothing_saved(app, session, world, named):
    manager = _client(app, world.manager)
    day = business_day(world.now)
    bad = {"kind": "flood", "warehouse": "BKK", "starts_on": day, "ends_on": day - timedelta(days=1)}
    before = session.scalar(select(func.count()).select_from(Disruption))
    assert manager.post("/manage/disruptions/new", data=bad | {"what_th": "x"}).status_code == 422
    assert manager.post("/manage/disruptions/new", data={}).status_code == 422
    assert session.scalar(select(func.count()).select_from(Disruption)) == before
    assert manager.post("/manage/expedite/rule", data={"most_cost": "-1"}).status_code == 422
    service = {"service-code": "X", "service-days": "99", "service-base": "1", "service-per_unit": "0"}
    assert manager.post("/manage/expedite/services", data=service).status_code == 422
    service |= {"service-days": "9"}
    assert "Give a name" in manager.post("/manage/expedite/services", data=service).text
    staff = _client(app, world.staff)
    at = f"/desk/expedites/{named['request_no']}"
    assert staff.post(f"{at}/refuse", data={}).status_code == 422
    assert staff.post(f"{at}/approve", data={"service": "99", "charge": "0"}).status_code == 422
    session.expire_all()
    assert session.scalars(select(ExpediteRequest.state)).all() == [RequestState.ASKED]


def test_an_amount_is_not_rounded_behind_the_back_of_who_types_it(app, world, named):
    manager = _client(app, world.manager)
    rule = {"most_cost": "100.005", "most_share": "5"}
    answer = manager.post("/manage/expedite/rule", data=rule)
    assert (answer.status_code, "At most two decimals" in answer.text) == (422, True)
    assert manager.post("/manage/expedite/rule", data=rule | {"most_cost": "100.050"}).status_code == 302


def test_a_request_is_withdrawn_once(app, session, world, named):
    client = _client(app, world.buyer)
    at = f"/my/expedites/{named['request_no']}"
    assert client.post(f"{at}/withdraw").status_code == 303
    again = client.post(f"{at}/withdraw", follow_redirects=True)
    assert "decided already" in again.text
    assert "Withdrawn" in again.text


def test_a_manager_confirms_and_calls_off_once(app, world, named):
    client = _client(app, world.manager)
    at = f"/manage/disruptions/{named['disruption_no']}"
    assert "not a draft" in client.post(f"{at}/confirm", follow_redirects=True).text
    assert client.post(f"{at}/change", data={}).status_code == 422
    assert "is called off" in client.post(f"{at}/call-off", follow_redirects=True).text
    assert "called off already" in client.post(f"{at}/call-off", follow_redirects=True).text


def test_staff_do_not_declare_disruptions_nor_set_terms(app, world, named):
    client = _client(app, world.staff)
    at = f"/manage/disruptions/{named['disruption_no']}"
    assert client.get(at).status_code == 200
    for path in (f"{at}/confirm", f"{at}/call-off", "/manage/disruptions/new", "/manage/expedite/rule"):
        assert client.post(path).status_code == 403
    assert client.get("/manage/expedite").status_code == 403


def test_what_cannot_have_happened_to_a_leg_is_said(app, world, named):
    client = _client(app, world.staff)
    at = f"/desk/orders/{named['legs.show:number']}/shipments/{named['legs.show:shipment_no']}/legs"
    assert client.post(f"{at}/2/leave", data={"leave-at": "2026-04-01T12:00"}).status_code == 422
    assert client.post(f"{at}/1/arrive", data={"arrive-at": "2026-04-09T12:00"}).status_code == 422
    assert client.post(f"{at}/1/replan", data={"replan1-arrives_on": "2026-03-01"}).status_code == 422
    assert client.post(f"{at}/3/arrive", data={}).status_code == 404
    assert (
        client.get(f"/desk/orders/{named['my_expedites.ask:number']}/shipments/SH-1/legs").status_code == 404
    )


@pytest.mark.parametrize(
    "path",
    [
        "/desk/expedites?all=1",
        "/manage/disruptions/{disruption_no}",
        "/desk/transfers",
        "/manage/disruptions",
    ],
)
def test_a_list_asks_the_same_few_queries_however_long_it_is(app, session, world, named, path):
    client = _client(app, world.manager)
    path = path.format(**named)
    client.get(path)
    with statements(session) as few:
        client.get(path)
    with transaction(session):
        for row in session.scalars(select(ExpediteRequest)).all():
            _copies(session, row, 12, number="EX-X{}", state="withdrawn", decided_at=world.now)
    with statements(session) as many:
        assert client.get(path).status_code == 200
    assert len(many) == len(few)


def _copies(session, row, count, **changed):
    facts = {
        column.name: getattr(row, column.name) for column in row.__table__.columns if column.name != "id"
    }
    for n in range(count):
        filled = {
            name: value.format(n) if isinstance(value, str) else value for name, value in changed.items()
        }
        session.add(type(row)(**{**facts, **filled}))
