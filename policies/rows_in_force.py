"""Which level decides for each row of a statement, as the book says it for one customer and day."""

from typing import Any

from sqlalchemy import Date, ScalarSelect, String, literal_column, select

from policies.book import CLOSEST_FIRST, current_versions, holds_in, written_for
from policies.kinds import Kind
from policies.models import PolicyVersion, ServiceLevel


def level_of_row(kind: Kind, table: str) -> ScalarSelect[int | None]:
    """The id of the level that `find_in_force` gives, for each row of a table of customers and days in a statement.

    The table, by its name there, has the columns customer_id, group_id, tier, province (of the address) and on_day.
    """
    row: list[Any] = [literal_column(f"{table}.{name}") for name in ("customer_id", "group_id", "tier")]
    return (
        select(ServiceLevel.id)
        .join(ServiceLevel.version)
        .join(PolicyVersion.policy)
        .where(
            ServiceLevel.kind == kind,
            written_for(*row),
            PolicyVersion.id.in_(current_versions(literal_column(f"{table}.on_day", Date))),
            holds_in(literal_column(f"{table}.province", String)),
        )
        .order_by(CLOSEST_FIRST, ServiceLevel.provinces == "")
        .limit(1)
        .scalar_subquery()
    )
