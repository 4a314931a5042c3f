"""What PostgreSQL really reads to answer a statement."""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine

LARGE = 5_000
"""Rows: to read as many one by one of a table is to scan it."""


def read_whole(engine: Engine, statement: str, parameters: Any) -> list[tuple[str, str]]:
    """The tables of which a statement reads thousands of rows, each with how it does so."""
    with engine.connect() as connection:
        plan = connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF) {statement}", parameters
        ).scalar_one()
    top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return [told for node in _nodes(top) for told in _scanned(node)]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _scanned(node: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """A scan counts whether the rows are read one after the other in the table or along a whole index."""
    if "Relation Name" not in node:
        return
    read = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    if read > LARGE:
        table = node["Relation Name"]
        yield table, f"{node['Node Type']} of {table}: {int(read)} rows"
