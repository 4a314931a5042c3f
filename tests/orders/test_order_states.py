"""The state of an order, from those of its lines."""

import pytest

from orders.states import LineState, order_state


@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ({LineState.BACKORDERED}, LineState.BACKORDERED),
        ({LineState.BACKORDERED, LineState.ALLOCATED}, LineState.PARTLY_ALLOCATED),
        ({LineState.BACKORDERED, LineState.PARTLY_ALLOCATED}, LineState.PARTLY_ALLOCATED),
        ({LineState.BACKORDERED, LineState.PICKED}, LineState.PARTLY_ALLOCATED),
        ({LineState.BACKORDERED, LineState.CANCELLED}, LineState.BACKORDERED),
        ({LineState.BACKORDERED, LineState.SHIPPED}, LineState.PARTLY_SHIPPED),
        ({LineState.BACKORDERED, LineState.DELIVERED}, LineState.PARTLY_DELIVERED),
        ({LineState.ALLOCATED, LineState.PICKED}, LineState.ALLOCATED),
        ({LineState.CANCELLED}, LineState.CANCELLED),
        (set(), LineState.CANCELLED),
    ],
)
def test_an_order_of_which_some_is_there_does_not_wait_for_all_of_it(
    lines: set[LineState], state: LineState
) -> None:
    assert order_state(lines) is state
