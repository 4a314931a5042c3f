"""Pictures and documents of products: what is taken, who sees it, and how it is handed out."""

import io
import zlib
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from inventory import picturing
from inventory.assortment import CatalogueRule
from inventory.file_kinds import MOST_BYTES
from inventory.models import Product, ProductFile
from inventory.picturing import FileFacts
from portal.accounts.roles import Role
from portal.db import transaction
from portal.refusal import Refused
from tests.inventory.makers import make_product
from tests.makers import make_customer, make_user, sign_in
from tests.small_files import paper

pytestmark = pytest.mark.usefixtures("working_noon")


def png(shade: int = 0) -> bytes:
    """A picture of one grey dot."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = (1).to_bytes(4) + (1).to_bytes(4) + bytes([8, 0, 0, 0, 0])
    dot = zlib.compress(bytes([0, shade]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", dot) + chunk(b"IEND", b"")


def vast() -> bytes:
    """A picture of more dots than anybody wants to look at."""
    large = io.BytesIO()
    Image.new("1", (9000, 9000)).save(large, "PNG")
    return large.getvalue()


def jpeg() -> bytes:
    """A photograph of one dot."""
    made = io.BytesIO()
    Image.new("RGB", (1, 1), "red").save(made, "JPEG")
    return made.getvalue()


PDF = paper("a paper")


def add(session: Session, product: Product, content: bytes, now: datetime, title: str = "") -> ProductFile:
    with transaction(session):
        return picturing.add_file(session, product, content, FileFacts(title, title), by=None, now=now)


def client_of(app: Flask, session: Session, role: Role, now: datetime) -> FlaskClient:
    with transaction(session):
        company = make_customer(session, "C1", now=now) if role is Role.BUYER else None
        person = make_user(session, role, customer=company, now=now)
    client = app.test_client()
    sign_in(client, person)
    return client


def test_files_stand_in_order_pictures_first(session: Session, now: datetime) -> None:
    soap = make_product(session)
    paper = add(session, soap, PDF, now, "Data sheet")
    first, second = add(session, soap, png(1), now), add(session, soap, png(2), now, "From behind")
    assert list(picturing.files_of(session, soap)) == [first, second, paper]
    assert picturing.leading_pictures(session, [soap.id]) == {soap.id: first}
    with transaction(session):
        picturing.move_up(session, second, by=None, now=now)
    assert list(picturing.files_of(session, soap)) == [second, first, paper]
    with transaction(session):
        picturing.remove_file(session, second, by=None, now=now)
    assert list(picturing.files_of(session, soap)) == [first, paper]
    with pytest.raises(Refused), transaction(session):
        picturing.remove_file(session, second, by=None, now=now)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\nnot a picture",
        b"RIFF....WAVE",
        b"\n%PDF-1.7",
        b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDRgarbage",
        jpeg()[:200],
        b"\xff\xd8\xff<script>alert(1)</script>",
        b"RIFF\x10\0\0\0WEBPVP8 ....",
        b"%PDF-1.4 not a pdf",
        paper().replace(b"xref\n0", b"what\n0"),
        vast(),
        png() + bytes(MOST_BYTES),
    ],
)
def test_only_pictures_and_papers_of_the_right_kind_and_size_are_taken(
    session: Session, now: datetime, content: bytes
) -> None:
    soap = make_product(session)
    with pytest.raises(Refused) as no:
        add(session, soap, content, now, "Words")
    assert no.value.field == "file"
    assert session.scalar(select(func.count(ProductFile.id))) == 0


def test_what_can_be_opened_is_taken(session: Session, now: datetime) -> None:
    soap = make_product(session)
    taken = [add(session, soap, content, now, "Words") for content in (png(), jpeg(), PDF)]
    assert [one.media_type for one in taken] == ["image/png", "image/jpeg", "application/pdf"]


def test_the_same_file_twice_and_a_paper_without_a_name_are_refused(session: Session, now: datetime) -> None:
    soap = make_product(session)
    add(session, soap, png(), now)
    with pytest.raises(Refused, match="already"):
        add(session, soap, png(), now)
    with pytest.raises(Refused) as no:
        add(session, soap, PDF, now)
    assert no.value.field == "title_th"
    assert session.scalar(select(func.count(ProductFile.id))) == 1


def test_a_manager_uploads_and_everybody_signed_in_sees_it_for_a_year(
    app: Flask, session: Session, now: datetime
) -> None:
    soap = make_product(session, "SOAP")
    client = client_of(app, session, Role.MANAGER, now)
    sent = {"file": (io.BytesIO(png()), "evil.html"), "title_en": "A bar of soap"}
    answer = client.post("/desk/product-files/new?sku=SOAP", data=sent, content_type="multipart/form-data")
    assert answer.location == "/desk/products/SOAP#files"
    (file,) = picturing.files_of(session, soap)
    address = f"/goods/{file.id}/{file.sha256}"
    page = client.get("/desk/products/SOAP").text
    assert f'src="{address}"' in page
    assert 'alt="A bar of soap"' in page

    shown = client.get(address)
    assert (shown.status_code, shown.data, shown.mimetype) == (200, png(), "image/png")
    assert shown.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert shown.headers.getlist("X-Content-Type-Options") == ["nosniff"]
    assert shown.headers["Content-Disposition"] == f'inline; filename="{file.sha256[:12]}.png"'
    assert client.get(f"/goods/{file.id}/{'0' * 64}").status_code == 404
    paper = add(session, soap, PDF, now, "Data sheet")
    handed = client.get(f"/goods/{paper.id}/{paper.sha256}").headers["Content-Disposition"]
    assert handed.startswith("attachment;")


def test_a_file_is_shown_to_those_who_may_see_its_product_only(
    app: Flask, session: Session, now: datetime
) -> None:
    soap = make_product(session, "SOAP")
    file = add(session, soap, png(), now)
    address = f"/goods/{file.id}/{file.sha256}"
    assert app.test_client().get(address).status_code == 302
    buyer = client_of(app, session, Role.BUYER, now)
    assert buyer.get(address).status_code == 200
    with transaction(session):
        session.add(CatalogueRule(product_id=soap.id, shown=False, made_at=now))
    assert buyer.get(address).status_code == 404


def test_a_file_of_another_kind_is_refused_beside_its_field(
    app: Flask, session: Session, now: datetime
) -> None:
    make_product(session, "SOAP")
    client = client_of(app, session, Role.MANAGER, now)
    for sent in ({"file": (io.BytesIO(b"<svg/>"), "soap.png")}, {}):
        answer = client.post(
            "/desk/product-files/new?sku=SOAP", data=sent, content_type="multipart/form-data"
        )
        assert answer.status_code == 422
        assert 'id="file-error"' in answer.text
    assert session.scalar(select(func.count(ProductFile.id))) == 0


def test_a_pack_is_added_and_changed_at_its_page(app: Flask, session: Session, now: datetime) -> None:
    soap = make_product(session, "SOAP")
    client = client_of(app, session, Role.MANAGER, now)
    typed = {"kind": "pack", "units": "6", "gtin": "๘859-9901 01073"}
    assert client.post("/desk/product-packs/new?sku=SOAP", data=typed).location == "/desk/products/SOAP#packs"
    session.rollback()
    (pack,) = soap.packs
    twice = client.post("/desk/product-packs/new?sku=SOAP", data={"kind": "pack", "units": "6"})
    assert twice.status_code == 422
    assert "There is a pack of this kind and size already" in twice.text
    session.rollback()
    assert [one.gtin for one in soap.packs] == ["8859990101073"]
    (pack,) = soap.packs
    changed = {"kind": "carton", "units": "99", "name_en": "sleeve", "gtin": ""}
    assert client.post(f"/desk/product-packs/{pack.id}", data=changed).status_code == 303
    session.rollback()
    (pack,) = soap.packs
    assert (pack.kind, pack.units, pack.name_en, pack.gtin) == ("pack", 6, "sleeve", None)
    wrong = client.post("/desk/product-packs/new?sku=SOAP", data={"kind": "pallet", "units": "-1"})
    assert wrong.status_code == 422
    assert "sleeve" in client.get("/desk/products/SOAP").text
    assert client.post(f"/desk/product-packs/{pack.id}/remove").status_code == 303
    session.rollback()
    assert soap.packs == []
