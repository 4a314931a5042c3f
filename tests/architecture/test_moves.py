"""The docs of a room print the moves of its lifecycles as the code knows them, and each table is whole."""

from enum import StrEnum
from pathlib import Path

import pytest

from aftersales.complaints import COMPENSATION_MOVES, COMPLAINT_MOVES, CompensationState, ComplaintState
from aftersales.models import RETURN_MOVES, ReturnState
from aftersales.recalls import NOTICE_MOVES, NoticeState
from aftersales.repairs import REPAIR_MOVES, RepairState
from orders.expedites import REQUEST_MOVES, RequestState
from orders.substitutions import OFFER_MOVES, OfferState
from portal.moves import Moves

DOCS = Path(__file__).parents[2] / "docs"
LIFECYCLES = [
    ("aftersales", RETURN_MOVES, ReturnState),
    ("aftersales", REPAIR_MOVES, RepairState),
    ("aftersales", COMPLAINT_MOVES, ComplaintState),
    ("aftersales", COMPENSATION_MOVES, CompensationState),
    ("aftersales", NOTICE_MOVES, NoticeState),
    ("orders", OFFER_MOVES, OfferState),
    ("orders", REQUEST_MOVES, RequestState),
]
NAMES = [states.__name__ for _, _, states in LIFECYCLES]


def printed(moves: Moves, states: type[StrEnum]) -> str:
    """The rows of the table as the docs print them: states in their order, ends in one row."""
    rows = [
        f"| `{state}` | {', '.join(f'`{to}`' for to in states if moves.allow(state, to))} |"
        for state in states
        if moves.table[state]
    ]
    ends = ", ".join(f"`{state}`" for state in states if not moves.table[state])
    return "\n".join([*rows, *([f"| {ends} | nowhere |"] if ends else [])])


@pytest.mark.parametrize(("room", "moves", "states"), LIFECYCLES, ids=NAMES)
def test_the_docs_print_the_moves(room: str, moves: Moves, states: type[StrEnum]) -> None:
    assert printed(moves, states) in (DOCS / f"{room}.md").read_text()


@pytest.mark.parametrize(("room", "moves", "states"), LIFECYCLES, ids=NAMES)
def test_a_table_names_every_state_and_leads_only_to_states(
    room: str, moves: Moves, states: type[StrEnum]
) -> None:
    assert set(moves.table) == set(states)
    assert {to for targets in moves.table.values() for to in targets} <= set(states)


def test_a_move_that_is_not_in_the_table_is_a_bug() -> None:
    class Thing:
        state = "settled"

    with pytest.raises(ValueError, match="from settled to requested"):
        RETURN_MOVES.make(Thing(), ReturnState.REQUESTED)
