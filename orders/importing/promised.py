"""What was promised with a past order, and how it ended. Such promises have no service level behind them."""

from typing import Any

from orders.importing.judging import Line
from orders.importing.papers import Paper
from policies.kinds import Kind
from policies.promises import Happening, PromiseState
from portal.clock import end_of


def promise_row(line: Line, paper: Paper, n: int, key: int) -> dict[str, Any]:
    """The promise of a past order: kept or missed as the delivery shows, withdrawn where none is known."""
    assert line.promised_on is not None
    due = end_of(line.promised_on)
    state = PromiseState.WITHDRAWN
    if line.delivered_at:
        state = PromiseState.KEPT if line.delivered_at <= due else PromiseState.MISSED
    return {
        "id": key,
        "kind": Kind.LEAD_TIME.value,
        "service_level_id": None,
        "version_id": None,
        "customer_id": paper.customer_id,
        "subject_no": f"{paper.number}/{n}/1",
        "made_at": line.ordered_at,
        "original_due_at": due,
        "due_at": due,
        "state": state.value,
        "cause": None,
        "risk_since": None,
        "missed_at": due if state is PromiseState.MISSED else None,
        "fulfilled_at": line.delivered_at,
    }


def event_rows(promise: dict[str, Any], line: Line) -> list[dict[str, Any]]:
    """What happened to such a promise, from its making to its end."""
    due = promise["due_at"]
    told = {
        PromiseState.KEPT.value: [(Happening.KEPT, line.delivered_at)],
        PromiseState.MISSED.value: [(Happening.MISSED, due), (Happening.FULFILLED_LATE, line.delivered_at)],
        PromiseState.WITHDRAWN.value: [(Happening.WITHDRAWN, due)],
    }[promise["state"]]
    return [
        {
            "promise_id": promise["id"],
            "at": at,
            "what": what.value,
            "due_at": due,
            "cause": None,
            "by_id": None,
        }
        for what, at in [(Happening.MADE, line.ordered_at), *told]
    ]
