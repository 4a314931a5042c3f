"""Whatever is typed into an address or a form, the portal answers; it never breaks."""

import inspect
import re
import sys

import pytest

from portal.audit import AuditEntry
from portal.clock import now as instant
from portal.db import transaction
from tests.makers import make_world
from tests.people import sign_in
from tests.subjects import subjects_of

HUGE = "9" * 30
VALUES = (HUGE, f"-{HUGE}", "2026-01-01T00:00:00", f"2026-01-01T00:00:00~{HUGE}", "9999-12-31", "0001-01-01")
ASKED = re.compile(r"""(?:args|values)\.get\(\s*"(\w+)"|for name in \(([^)]*)\)""")


@pytest.fixture
def clients(app, session, now):
    """A buyer and an administrator, signed in, with one object of each kind there is."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with transaction(session):
        world = make_world(session, now)
        subjects = subjects_of(world)
    found = []
    for person in (world.buyer, world.admin):
        client = app.test_client()
        sign_in(client, person)
        found.append(client)
    return found, subjects


def routes(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and "GET" in (rule.methods or set()):
            yield rule


def path_of(rule, subjects, numbers=""):
    path = rule.rule
    for argument in rule.arguments:
        value = subjects.get(f"{rule.endpoint}:{argument}", subjects.get(argument, "0"))
        is_number = f"<int:{argument}>" in path
        path = re.sub(rf"<([^<>]*:)?{argument}>", numbers if numbers and is_number else value, path)
    return path


def parameters_of(app, rule):
    """The names that the module of a view reads from the query."""
    view = inspect.unwrap(app.view_functions[rule.endpoint])
    source = inspect.getsource(sys.modules[view.__module__])
    names = {"page", "older", "newer"}
    for single, several in ASKED.findall(source):
        names |= {single} if single else set(re.findall(r'"(\w+)"', several))
    return sorted(names)


def test_no_query_parameter_breaks_a_page(app, clients):
    found, subjects = clients
    buyer, admin = found
    faults = []
    for rule in routes(app):
        client = buyer if rule.rule.startswith("/my") else admin
        path = path_of(rule, subjects)
        for name in parameters_of(app, rule):
            faults += [
                f"{path}?{name}={value}: {status}"
                for value in VALUES
                if (status := client.get(path, query_string={name: value}).status_code) >= 500
                and status != 503
            ]
    assert not faults, "\n".join(faults)


def test_no_number_in_a_path_breaks_a_page(app, clients):
    found, subjects = clients
    for rule in routes(app):
        if "<int:" in rule.rule:
            for number in (HUGE, "9" * 5000, str(2**31)):
                for client in found:
                    assert client.get(path_of(rule, subjects, number)).status_code == 404, rule.rule


@pytest.mark.parametrize("path", ["/my/catalogue?q=a%00b", "/my/orders?a%00b=1"])
def test_a_nul_is_not_asked_for(clients, path):
    (buyer, _admin), _subjects = clients
    assert buyer.get(path).status_code == 400
    assert buyer.get("/my/catalogue/a%00b").status_code == 404


def test_a_nul_in_a_form_is_refused_and_nothing_is_changed(clients, session):
    (_buyer, admin), _subjects = clients
    session.rollback()  # what signing in put on record is seen
    before = session.query(AuditEntry).count()
    data = {"email": "new@example.com", "name": "a\0b", "role": "staff", "language": "en"}
    assert admin.post("/manage/people/new", data=data).status_code == 400
    session.rollback()
    assert session.query(AuditEntry).count() == before


@pytest.mark.parametrize(
    "data",
    [{f"q-{'9' * 5000}": "1"}, {"remove": "9" * 5000}, {"q-1": "9" * 5000}, {"requested_on": "0001-01-01"},
     {"requested_on": "9999-12-31"}, {"act": "place", "requested_on": "0001-01-01"}],
)  # fmt: skip
def test_nothing_typed_into_the_basket_breaks_it(clients, data):
    (buyer, _admin), subjects = clients
    assert buyer.post("/my/basket/add", data={"sku": subjects["sku"], "quantity": "1"}).status_code == 303
    assert buyer.post("/my/basket", data=data).status_code < 500


def test_the_place_of_a_list_may_be_any_that_a_list_has(clients):
    (_buyer, admin), _subjects = clients
    assert admin.get("/manage/audit?older=2147483647&day=" + instant().date().isoformat()).status_code == 200
