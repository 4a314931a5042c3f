"""The house stands with any number of its rooms: the lowest ones alone start, make their tables, show their pages."""

import json
import subprocess
import sys

import pytest

from config import FEATURES, ROOT

SCRIPT = """
import json, sys
from pathlib import Path
from tests.conftest import NOON, settings_for
from portal.app import create_app
from portal.db import Base, make_engine, make_sessions, transaction
from portal.accounts.roles import Role
from tests.people import make_user, sign_in

rooms, var = json.loads(sys.argv[1]), Path(sys.argv[2])
engine = make_engine(f"sqlite:///{var / 'prefix.db'}")
app = create_app(settings_for(str(engine.url), var), engine, rooms)
app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
Base.metadata.create_all(engine)
with make_sessions(engine)() as session, transaction(session):
    people = [make_user(session, role, now=NOON) for role in (Role.ADMIN, Role.MANAGER, Role.STAFF)]
seen = {}
for person in people:
    client = app.test_client()
    sign_in(client, person)
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and not rule.arguments and rule.endpoint not in ("static", "session.readyz"):
            seen[f"{person.role} {rule.rule}"] = client.get(rule.rule).status_code
loaded = sorted({name.split(".")[0] for name in sys.modules} & set(json.loads(sys.argv[3])))
print(json.dumps({"seen": seen, "loaded": loaded}))
"""


@pytest.mark.parametrize("count", range(len(FEATURES) + 1))
def test_the_lowest_rooms_alone_make_a_working_portal(count, tmp_path):
    rooms = FEATURES[:count]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(rooms), str(tmp_path), json.dumps(FEATURES)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    assert answer["loaded"] == sorted(rooms), "a room was loaded that is not in the line"
    broken = {page: status for page, status in answer["seen"].items() if status >= 500}
    assert not broken
    assert any(status == 200 for status in answer["seen"].values())
