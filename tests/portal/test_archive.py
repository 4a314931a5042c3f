"""Documents as issued are kept with their digest and found again."""

import hashlib
import json

import pytest

from portal import archive
from portal.db import transaction
from portal.refusal import Unknown
from tests.people import make_customer

SHEET = {"number": "SO-2026-00001", "name_th": "สบู่", "lines": [{"quantity": 3}]}


def test_a_sheet_comes_back_as_it_was_issued_with_the_digest_of_its_facts(session, now):
    with transaction(session):
        customer = make_customer(session, "C1", now=now)
        archive.store(session, "order_acknowledgement", "SO-2026-00001", customer.id, SHEET, now=now)
    session.expire_all()
    found = archive.stored(session, "order_acknowledgement", "SO-2026-00001")
    assert (found.sheet, found.edition, found.issued_at) == (SHEET, 1, now)
    facts = json.dumps(SHEET, sort_keys=True, ensure_ascii=False)
    assert found.digest == hashlib.sha256(facts.encode()).hexdigest()


def test_what_was_never_issued_is_unknown(session):
    with pytest.raises(Unknown):
        archive.stored(session, "order_acknowledgement", "SO-2026-99999")
