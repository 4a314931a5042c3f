"""Whatever the rows say, each has one outcome, and a second time nothing is booked."""

from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from orders.importing.kind import PAST_ORDERS
from orders.models import OrderLine
from orders.shipments import CreditLine
from portal.db import make_engine, make_sessions
from portal.importing.models import RunState
from tests.importing.past_orders.files import HEADERS, KNOWN
from tests.importing.runners import bring_in, table

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "C3", ""]),
        st.sampled_from(["A", "b", ""]),
        st.just("Thing"),
        st.sampled_from(["1", "2", "-1", "0", "x", ""]),
        st.sampled_from(["2026-01-05", "05/01/2026 10:30", "nonsense", ""]),
        st.sampled_from(["5", "0.333", "-2", "0", "y", ""]),
        st.sampled_from(["X", "X", "Y", ""]),
    ),
    min_size=1,
    max_size=14,
)


# Each example takes two imports on a fresh database; making a failing one smaller would take minutes.
@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=ROWS.filter(lambda rows: any(any(cell for cell in row) for row in rows)))
def test_whatever_the_rows_say_each_has_one_outcome_and_a_second_time_nothing_is_booked(
    rows: list[tuple], sqlite_template: Path, tmp_path: Path, now: datetime
) -> None:
    database = tmp_path / "any.db"
    database.write_bytes(sqlite_template.read_bytes())
    engine = make_engine(f"sqlite:///{database}")
    with make_sessions(engine)() as session:
        files = {"lines.csv": table(HEADERS, *rows)}
        first = bring_in(session, PAST_ORDERS, files, tmp_path, now=now, options=KNOWN)
        assert first.run.state == RunState.DONE
        assert first.sums.holds
        assert sum(first.rows) == first.sums.rows_read == len(rows)
        booked = session.scalar(select(func.count()).select_from(OrderLine)) + session.scalar(
            select(func.count()).select_from(CreditLine)
        )
        assert booked == first.rows[0]
        second = bring_in(session, PAST_ORDERS, files, tmp_path, now=now, options=KNOWN)
        assert second.rows == (0, first.rows[0], first.rows[2])
    engine.dispose()
