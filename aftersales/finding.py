"""Lots and serials found from anywhere by their number."""

from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from aftersales.owning import named_units
from inventory.identities import Identity, IdentityKind
from inventory.models import Product
from inventory.tracing import tidy
from portal.accounts.models import User
from portal.accounts.roles import Audience
from portal.feature import Hit
from portal.i18n import _, name_of

MOST = 8
SHORTEST = 3
"""From how many characters on a text is taken for the beginning of a number."""


def find_identities(session: Session, text: str, *, most: int = MOST) -> list[Identity]:
    """The lots and serials whose number begins with a text, the shortest numbers first."""
    wanted = tidy(text)
    if len(wanted) < SHORTEST:
        return []
    # A span of the index instead of LIKE, which only some collations can look up.
    query = (
        select(Identity)
        .join(Identity.product)
        .where(Identity.number >= wanted, Identity.number.startswith(wanted, autoescape=True))
        .options(contains_eager(Identity.product))
        .order_by(Identity.number, Product.sku)
        .limit(most)
    )
    return list(session.scalars(query))


def find_units(session: Session, viewer: User, text: str) -> list[Hit]:
    """Lots and serials by number: to the distributor's people all of them, to a company's those that it holds."""
    if viewer.audience is Audience.STAFF:
        return [
            Hit(
                _kind(one),
                one.number,
                f"{one.product.sku} · {name_of(one.product)}",
                _address("/desk/serials", one),
            )
            for one in find_identities(session, text)
        ]
    if len(tidy(text)) < SHORTEST:
        return []
    found = named_units(session, viewer.company.id, text)[:MOST]
    return [
        Hit(
            _kind(unit.identity),
            unit.identity.number,
            name_of(unit.identity.product),
            _address("/my/units", unit.identity),
        )
        for unit in found
    ]


def _kind(identity: Identity) -> str:
    return _("Serial") if identity.kind == IdentityKind.SERIAL else _("Lot")


def _address(home: str, identity: Identity) -> str:
    return f"{home}/{quote(identity.product.sku)}/{quote(identity.number, safe='')}"
