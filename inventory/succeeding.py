"""Which product follows another in the catalogue: never itself, nor one that is gone, nor round in a circle."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from inventory.models import Lifecycle, Product
from portal.i18n import N_
from portal.refusal import Refused

MOST_STEPS = 50


class Line:
    """Who follows whom, as it stands and as some acts are about to make it."""

    def __init__(self, session: Session, named: Collection[str]) -> None:
        self._next: dict[str, str] = {}
        self._gone: set[str] = set()
        self.ids: dict[str, int] = {}
        if not named:
            return
        query = select(Product.sku, Product.id, Product.lifecycle).where(Product.sku.in_(named))
        for sku, id_, lifecycle in session.execute(query):
            self.ids[sku] = id_
            self.lives(sku, lifecycle)
        known = select(Product.id, Product.sku, Product.successor_id).where(Product.successor_id.is_not(None))
        links = session.execute(known).all()
        ends = {link.successor_id for link in links}
        skus = dict(session.execute(select(Product.id, Product.sku).where(Product.id.in_(ends))).all())
        self._next = {link.sku: skus[link.successor_id] for link in links}

    def lives(self, sku: str, lifecycle: str) -> None:
        """A product is at this point of its life from now on."""
        (self._gone.add if lifecycle == Lifecycle.DISCONTINUED else self._gone.discard)(sku)

    def follow(self, sku: str, successor: str) -> None:
        """Let one product follow another, or none."""
        if successor:
            self._next[sku] = successor
        else:
            self._next.pop(sku, None)

    def refuse_unfit(self, sku: str, successor: str) -> int:
        """Refuse a successor that cannot be; gives its id."""
        if successor == sku:
            raise Refused(N_("A product cannot follow itself."), field="successor")
        if successor not in self.ids:
            raise Refused(N_("There is no product %(sku)s."), field="successor", sku=successor)
        if successor in self._gone:
            raise Refused(
                N_("%(sku)s is not sold any more, so it cannot follow."), field="successor", sku=successor
            )
        further: str | None = successor
        passed: set[str] = set()
        # A circle of others, made by two people at once, is passed through once.
        while (further := self._next.get(further or "")) and further not in passed:
            passed.add(further)
            if further == sku:
                raise Refused(
                    N_("%(sku)s is followed by this product already, so it would be a circle."),
                    field="successor",
                    sku=successor,
                )
        return self.ids[successor]


def successor_of(session: Session, product: Product) -> Product | None:
    """The first product after this one that is still sold, or None."""
    found, steps = product.successor, 0
    while found is not None and not found.active and steps < MOST_STEPS:
        found, steps = session.get(Product, found.successor_id) if found.successor_id else None, steps + 1
    return found if found is not None and found.active else None
