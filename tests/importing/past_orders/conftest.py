"""Past orders are imported."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from orders.importing.kind import PAST_ORDERS
from tests.importing.past_orders.files import HEADERS, KNOWN
from tests.importing.runners import Outcome, bring_in, table


@pytest.fixture
def imported(session: Session, tmp_path: Path, now: datetime):
    def run(*rows: tuple, headers: tuple = HEADERS, **options: str) -> Outcome:
        return bring_in(
            session,
            PAST_ORDERS,
            {"lines.csv": table(headers, *rows)},
            tmp_path,
            now=now,
            options={**KNOWN, **options},
        )

    return run
