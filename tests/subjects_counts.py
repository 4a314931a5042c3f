"""One object of every kind of counting that an address can name: a sheet with its line, and an adjustment."""

from inventory import adjusting, counting, drawing_counts
from inventory.adjusting import Correction
from inventory.counts import AdjustmentReason
from inventory.drawing_counts import Wanted
from tests.makers import World


def counts_of(world: World) -> dict[str, str]:
    """Values for the arguments of the routes of counts and adjustments."""
    session, now, by = world.session, world.now, world.staff
    nails, hooks = world.product("NAIL-1", stock=30), world.product("HOOK-1", stock=9)
    done = drawing_counts.draw(session, world.warehouse, Wanted(skus=[hooks.sku]), by=by, now=now)[0]
    counting.enter(session, done.lines[0], 9, by=by, now=now)
    counting.hand_in(session, done, by=by, now=now)
    sheet = drawing_counts.draw(session, world.warehouse, Wanted(skus=[nails.sku]), by=by, now=now)[0]
    facts = Correction(nails, world.warehouse, -2, AdjustmentReason.DAMAGED, "Rusty")
    adjustment = adjusting.propose(session, facts, by=by, now=now)
    return {"sheet_no": sheet.number, "line_n": "1", "adjustment_no": adjustment.number}
