"""What the jobs and boards of short lines ask most is answered by an index, not by reading a table."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from inventory.ledger import Place
from orders import freeing, lapsing, offers, stock_outs
from orders.substitutions import SubstituteOffer
from tests.inventory.makers import statements
from tests.inventory.test_indexes import _plan
from tests.makers import World, make_world
from tests.orders.short_lines import offered

OF_OFFERS = r"(ix|uq)_substitute_offer_(state|customer|open)"
"""Of a handful of offers each of these is as good as the others."""
QUESTIONS: list[tuple[str, Callable[[World], Any]]] = [
    (
        OF_OFFERS,
        lambda w: lapsing.open_ids(w.session, SubstituteOffer.answer_by < w.now),
    ),
    (OF_OFFERS, lambda w: offers.open_offers(w.session, w.customer.id)),
    ("ix_dealt_untold", lambda w: freeing.tell_some(w.session, w.now)),
    ("uq_stock_out_open", lambda w: stock_outs.count_out(w.session)),
    ("ix_stock_out_started", lambda w: stock_outs.level(w.session, w.now)),
    ("ix_reservation_waiting", lambda w: stock_outs._waiting(w.session, [Place(1, w.warehouse.id)])),
]


@pytest.mark.parametrize(
    ("index", "question"), QUESTIONS, ids=["expired", "open", "untold", "out", "begun", "waiting"]
)
def test_a_frequent_question_uses_its_index(session, now, index, question):
    world = make_world(session, now)
    offered(world)
    world.session.flush()
    with statements(session) as sent:
        question(world)
    assert any(re.search(index, _plan(session, *one)) for one in sent)
