"""The index that products are searched by: any three letters in a row, in both databases.

SQLite keeps it in a table of its own (FTS5, without a copy of the text) that triggers hold in step, PostgreSQL in a
GIN index of pg_trgm, which needs a database whose character type knows Thai letters (C.UTF-8 or any other of UTF-8).
`create_all` makes it with the products' table; a migration executes `create(dialect)` after the table or its columns
are made, and `drop(dialect)` before they go.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    case,
    column,
    event,
    literal,
    literal_column,
    or_,
    select,
    table,
)

from inventory.models import Product

EXTENSION = "CREATE EXTENSION IF NOT EXISTS pg_trgm"
ESCAPE = "/"
LEAST = 3
"""Letters that the index tells apart; of a shorter word, where a code, name or brand begins so."""
_TEXT = "'  ' || replace({row}.search_text, ' ', '  ')"
"""The words with two spaces before each, so that even one letter at the beginning of a word makes three in a row."""
_REMOVE = "INSERT INTO product_search(product_search, rowid, text) VALUES ('delete', old.id, {})".format(  # noqa: S608
    _TEXT.format(row="old")
)
_ADD = "INSERT INTO product_search(rowid, text) VALUES (new.id, {})".format(_TEXT.format(row="new"))  # noqa: S608
_ADDED = "CREATE TRIGGER product_search_added AFTER INSERT ON product FOR EACH ROW BEGIN " + _ADD + "; END"
_CHANGED = (
    "CREATE TRIGGER product_search_changed AFTER UPDATE OF search_text ON product FOR EACH ROW "
    f"WHEN old.search_text <> new.search_text BEGIN {_REMOVE}; {_ADD}; END"
)
_REMOVED = (
    "CREATE TRIGGER product_search_removed AFTER DELETE ON product FOR EACH ROW BEGIN " + _REMOVE + "; END"
)
_PLAIN = str.maketrans({letter: ESCAPE + letter for letter in "/%_"})
INDEXED = table("product_search", column("rowid"), column("rank"))
_MATCHES: ColumnElement[bool] = literal_column("product_search.product_search")


def create(dialect: str) -> tuple[str, ...]:
    """The statements that make the index on a table of products, and take in those that are there."""
    if dialect == "postgresql":
        return (
            EXTENSION,
            "CREATE INDEX ix_product_search ON product USING gin (search_text gin_trgm_ops)",
        )
    return (
        "CREATE VIRTUAL TABLE product_search USING fts5(text, content='', tokenize='trigram case_sensitive 1')",
        f"INSERT INTO product_search(rowid, text) SELECT id, {_TEXT.format(row='product')} FROM product",  # noqa: S608 - text of ours
        _ADDED,
        _CHANGED,
        _REMOVED,
    )


def drop(dialect: str) -> tuple[str, ...]:
    """The statements that take it away; an extension stays, for others may use it."""
    if dialect == "postgresql":
        return ("DROP INDEX IF EXISTS ix_product_search",)
    triggers = ("added", "changed", "removed")
    gone = (f"DROP TRIGGER IF EXISTS product_search_{name}" for name in triggers)
    return (*gone, "DROP TABLE IF EXISTS product_search")


def holding(dialect: str, groups: Sequence[Sequence[str]]) -> Select[int]:
    """The ids of the products in which some text of every group stands.

    Of a text of one or two letters, where one of their words begins so.
    """
    if dialect == "postgresql":
        return select(Product.id).where(holds(groups))
    return matching(phrases(groups))


def holds(groups: Sequence[Sequence[str]]) -> ColumnElement[bool]:
    """The condition on a product, for PostgreSQL."""
    return and_(*(or_(*map(_stands, texts)) for texts in groups if texts))


def matches(asked: Any) -> ColumnElement[bool]:
    """The condition on a row of the index, asked for what `phrases` said, for SQLite."""
    return _MATCHES.op("MATCH")(asked)


def matching(asked: Any) -> Select[int]:
    """The ids of the products that match what `phrases` said, for SQLite."""
    return select(INDEXED.c.rowid).select_from(INDEXED).where(matches(asked))


def phrases(groups: Sequence[Sequence[str]]) -> str:
    """Some text of every group, as SQLite's index is asked for it."""
    return " AND ".join(f"({' OR '.join(map(_phrase, texts))})" for texts in groups)


def plain(text: str) -> str:
    """A text in which LIKE takes every letter for itself."""
    return text.translate(_PLAIN)


def stands(name: str, *, long: bool) -> ColumnElement[bool]:
    """That a text stands in a product's, for PostgreSQL: the same as `holds` says, with what `standing` gives."""
    inside = _like(name)
    return inside if long else or_(_like(f"{name}_first"), inside)


def standing(name: str, text: str) -> dict[str, str]:
    """The values of that name for a text."""
    if len(text) >= LEAST:
        return {name: f"%{plain(text)}%"}
    return {f"{name}_first": f"{plain(text)}%", name: f"% {plain(text)}%"}


def threes(words: Sequence[str]) -> list[str]:
    """Every three letters in a row of some words."""
    return list(dict.fromkeys(word[n : n + LEAST] for word in words for n in range(len(word) - LEAST + 1)))


def by_likeness(names: Sequence[str]) -> Any:
    """The order in which those come first that hold most of the threes of these names, for PostgreSQL.

    The likeness that pg_trgm tells of takes thirty times as long for each product.
    """
    held = (case((_like(name), 1), else_=0) for name in names)
    return sum(held, literal(0)).desc()


def _phrase(text: str) -> str:
    padded = " " * (LEAST - len(text)) + text
    return '"' + padded.replace('"', '""') + '"'


def _like(name: str) -> ColumnElement[bool]:
    return Product.search_text.like(bindparam(name), escape=ESCAPE)


def _stands(text: str) -> ColumnElement[bool]:
    if len(text) >= LEAST:
        return Product.search_text.contains(text, autoescape=True)
    begins = Product.search_text.startswith(text, autoescape=True)
    return or_(begins, Product.search_text.contains(f" {text}", autoescape=True))


def _make_ready(_table: Table, connection: Connection, **_options: Any) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(EXTENSION)


def _make(_table: Table, connection: Connection, **_options: Any) -> None:
    if connection.dialect.name != "postgresql":  # there the index is among those of the table
        for statement in create("sqlite"):
            connection.exec_driver_sql(statement)


def _take_away(_table: Table, connection: Connection, **_options: Any) -> None:
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql("DROP TABLE IF EXISTS product_search")


event.listen(Product.__table__, "before_create", _make_ready)
event.listen(Product.__table__, "after_create", _make)
event.listen(Product.__table__, "after_drop", _take_away)
