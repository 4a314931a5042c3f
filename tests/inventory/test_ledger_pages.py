"""The ledger of a place is read page by page, and every row tells the balance it left."""

from datetime import datetime
from itertools import accumulate

from sqlalchemy.orm import Session

from inventory import boards
from inventory.ledger import Move, book
from inventory.stock import MovementKind
from portal.db import transaction
from tests.inventory.makers import make_scene

CHANGES = [10, 5, -3, 4, -6, 2, 1]


def test_every_row_tells_the_balance_it_left_on_whichever_page_it_stands(
    session: Session, now: datetime
) -> None:
    scene = make_scene(session, on_hand=CHANGES[0])
    for n, units in enumerate(CHANGES[1:]):
        with transaction(session):
            kind = MovementKind.RECEIPT if units > 0 else MovementKind.ISSUE
            book(session, [Move(scene.place, units)], kind, f"X-{n}", by=None, now=now)
    pages = [boards.ledger(session, scene.product, scene.warehouse, most=3)]
    while pages[-1].older is not None:
        last = pages[-1].older
        pages.append(boards.ledger(session, scene.product, scene.warehouse, older_than=last, most=3))
    told = [(row.quantity, row.balance) for page in pages for row in page.rows]
    assert told == list(zip(CHANGES, accumulate(CHANGES), strict=True))[::-1]
    back = boards.ledger(session, scene.product, scene.warehouse, newer_than=pages[-1].newer, most=3)
    assert back.rows == pages[-2].rows
