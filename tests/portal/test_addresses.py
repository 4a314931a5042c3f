"""Addresses of our own pages, of which those that never vary are worked out once."""

import pytest
from flask import url_for

from portal.web.kept import kept
from portal.web.paths import address


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Addresses do not depend on the database."""
    return sqlite_url


@pytest.mark.parametrize(
    ("endpoint", "values"),
    [
        ("my_orders.orders", {}),
        ("my_orders.orders", {"stage": "late", "q": None}),
        ("my_orders.orders", {"q": "สบู่ & 50 %+1/2"}),
        ("my_orders.orders", {"_anchor": "list"}),
        ("my_orders.show", {"number": "SO-2026-00001"}),
        ("my_orders.show", {"number": "PO 7/8", "stage": "open"}),
    ],
)
def test_an_address_leads_to_the_page_it_names(app, endpoint, values):
    with app.test_request_context("/"):
        ours, flasks = address(endpoint, **values), url_for(endpoint, **values)
    with app.test_request_context(ours) as asked, app.test_request_context(flasks) as wanted:
        assert (asked.request.path, asked.request.args) == (wanted.request.path, wanted.request.args)


def test_a_portal_under_a_prefix_links_below_it_and_the_one_at_the_root_does_not(app):
    for prefix in ("", "/shop", ""):
        with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": prefix}):
            assert address("my_orders.orders") == f"{prefix}/my/orders"


def test_what_is_kept_for_one_place_is_not_taken_for_another(app):
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/a"}):
        kept("things")["x"] = 1
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/b"}):
        assert "x" not in kept("things")
    with app.test_request_context("/", environ_overrides={"SCRIPT_NAME": "/a"}):
        assert kept("things")["x"] == 1
