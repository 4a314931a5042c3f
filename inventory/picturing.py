"""Pictures and documents are put beside a product, put in order, described and taken away."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from inventory.file_kinds import PDF, media_type_of
from inventory.models import Product, ProductFile
from portal import audit
from portal.accounts.models import User
from portal.db import lock
from portal.i18n import N_
from portal.refusal import Refused, Unknown

IMAGE, DOCUMENT = "image", "document"
MOST_FILES = 20
LONGEST_TITLE = 120


class Verb(StrEnum):
    """Acts on the files of a product, for the audit trail."""

    ADDED = "product.file_added"
    DESCRIBED = "product.file_described"
    ORDERED = "product.files_ordered"
    REMOVED = "product.file_removed"


@dataclass(frozen=True)
class FileFacts:
    """What a picture shows or a document is, in both languages; it stands in for the picture where none is seen."""

    title_th: str = ""
    title_en: str = ""


def add_file(
    session: Session, product: Product, content: bytes, facts: FileFacts, *, by: User | None, now: datetime
) -> ProductFile:
    """A picture or document of a product, behind those it has; what it is, its content tells.

    Refused, at the field, unless it is a PNG, JPEG, WebP or PDF of at most 5 MB that the product does not have yet.
    """
    media_type, digest = media_type_of(content), sha256(content).hexdigest()
    _check(facts, needed=media_type == PDF)
    lock(session, Product, [product.id])
    there = files_of(session, product)
    if any(one.sha256 == digest for one in there):
        raise Refused(N_("This product has this very file already."), field="file")
    if len(there) >= MOST_FILES:
        raise Refused(N_("A product has at most %(most)s files."), field="file", most=MOST_FILES)
    kind = DOCUMENT if media_type == PDF else IMAGE
    made = ProductFile(
        product=product,
        kind=kind,
        title_th=facts.title_th.strip(),
        title_en=facts.title_en.strip(),
        media_type=media_type,
        sha256=digest,
        size=len(content),
        position=1 + max((one.position for one in there if one.kind == kind), default=0),
        content=content,
        created_at=now,
        by_id=by.id if by else None,
    )
    session.add(made)
    session.flush()  # it is named by its id
    after = {**_titles(made), "media_type": media_type, "size": made.size}
    audit.record(session, Verb.ADDED, "product", product.sku, by=by, now=now, after=after)
    return made


def describe_file(
    session: Session, file: ProductFile, facts: FileFacts, *, by: User | None, now: datetime
) -> None:
    """Say in other words what a picture shows or a document is."""
    _check(facts, needed=file.kind == DOCUMENT)
    (fresh,) = _locked(session, file)
    before = _titles(fresh)
    fresh.title_th, fresh.title_en = facts.title_th.strip(), facts.title_en.strip()
    if before != _titles(fresh):
        sku = fresh.product.sku
        audit.record(
            session, Verb.DESCRIBED, "product", sku, by=by, now=now, before=before, after=_titles(fresh)
        )


def move_up(session: Session, file: ProductFile, *, by: User | None, now: datetime) -> None:
    """Have a file change places with the one before it; the first picture is the one that lists show."""
    lock(session, Product, [file.product_id])
    (fresh,) = _locked(session, file)
    row = [one for one in files_of(session, fresh.product) if one.kind == fresh.kind]
    at = row.index(fresh)
    if at == 0:
        return
    row[at - 1], row[at] = row[at], row[at - 1]
    for position, one in enumerate(row, 1):
        one.position = position
    after = {"files": [str(one.id) for one in row]}
    audit.record(session, Verb.ORDERED, "product", fresh.product.sku, by=by, now=now, after=after)


def remove_file(session: Session, file: ProductFile, *, by: User | None, now: datetime) -> None:
    """A product has a picture or document no more."""
    lock(session, Product, [file.product_id])
    (fresh,) = _locked(session, file)
    before = {**_titles(fresh), "media_type": fresh.media_type, "size": fresh.size}
    audit.record(session, Verb.REMOVED, "product", fresh.product.sku, by=by, now=now, before=before)
    session.delete(fresh)


def files_of(session: Session, product: Product) -> Sequence[ProductFile]:
    """The pictures and then the documents of a product, each in their order, without their content."""
    query = (
        select(ProductFile)
        .where(ProductFile.product_id == product.id)
        .order_by(ProductFile.kind.desc(), ProductFile.position, ProductFile.id)
    )
    return session.scalars(query).all()


def leading_pictures(session: Session, product_ids: Collection[int]) -> dict[int, ProductFile]:
    """By product, the picture that leads, without its content; one query."""
    if not product_ids:
        return {}
    query = (
        select(ProductFile)
        .where(ProductFile.product_id.in_(product_ids), ProductFile.kind == IMAGE)
        .order_by(ProductFile.position.desc(), ProductFile.id.desc())
    )
    return {one.product_id: one for one in session.scalars(query)}


def get_file(session: Session, file_id: int) -> ProductFile:
    """A file with its product; raises Unknown when there is none."""
    query = select(ProductFile).where(ProductFile.id == file_id).options(joinedload(ProductFile.product))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise Unknown(f"file {file_id}")
    return found


def _locked(session: Session, file: ProductFile) -> list[ProductFile]:
    there = lock(session, ProductFile, [file.id])
    if not there:
        raise Refused(N_("Somebody has already taken this file away."))
    return there


def _check(facts: FileFacts, *, needed: bool) -> None:
    for name in ("title_th", "title_en"):
        if len(getattr(facts, name).strip()) > LONGEST_TITLE:
            raise Refused(N_("This is longer than %(most)s characters."), field=name, most=LONGEST_TITLE)
    if needed and not (facts.title_th.strip() or facts.title_en.strip()):
        raise Refused(N_("Say what the document is, in Thai or in English."), field="title_th")


def _titles(file: ProductFile) -> dict[str, str]:
    return {"name_th": file.title_th, "name_en": file.title_en}
