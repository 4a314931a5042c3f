"""Scheduled work is on record, and managers see and start it."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from portal import clock, jobs, outbox
from portal.accounts.models import User
from portal.accounts.roles import Role
from portal.db import make_sessions, transaction
from portal.feature import Job
from portal.jobs import Heartbeat, JobRequest, JobRun
from portal.views.jobs import every_text
from tests.people import make_user, sign_in

EVERY = timedelta(minutes=1)


def job(act, name="test.job"):
    return Job(name, "Test job", EVERY, act)


@pytest.fixture
def manager(session, now):
    with transaction(session):
        return make_user(session, Role.MANAGER, now=now)


@pytest.fixture
def desk(app, manager):
    client = app.test_client()
    sign_in(client, manager)
    return client


def test_a_run_is_on_record_with_what_it_changed(engine, session):
    jobs.run_one(make_sessions(engine), job(lambda session, now: 7))
    run = session.scalars(select(JobRun)).one()
    assert (run.job, run.outcome, run.changed, run.problem) == ("test.job", "ok", 7, None)
    assert run.ended_at >= run.started_at


def test_a_job_that_fails_is_on_record_with_the_fault_and_its_changes_are_undone(engine, session, now):
    def fail(session, _now):
        with transaction(session):
            make_user(session, Role.ADMIN, now=now)
            raise ValueError("no more soap")

    run = jobs.run_one(make_sessions(engine), job(fail))
    assert (run.outcome, run.changed) == ("failed", 0)
    assert "no more soap" in run.problem
    assert jobs.failing(session, ["test.job"]) == ["test.job"]
    jobs.run_one(make_sessions(engine), job(lambda session, now: 0))
    session.rollback()
    assert jobs.failing(session, ["test.job"]) == []


def test_the_report_tells_the_last_run_and_the_next(engine, session):
    one, never = job(lambda session, now: 1), job(lambda session, now: 1, "test.never")
    jobs.run_one(make_sessions(engine), one)
    first, second = jobs.reports(session, [one, never])
    assert first.next_at == first.last.started_at + EVERY
    assert (second.last, second.next_at, second.waiting) == (None, None, False)


def test_asking_for_a_job_twice_runs_it_once_more(engine, session, manager, now):
    one = job(lambda session, now: 1)
    for _ in range(2):
        with transaction(session):
            jobs.request(session, one, by=manager, now=now)
    assert jobs.reports(session, [one])[0].waiting
    assert jobs.requested(session) == {"test.job"}
    jobs.run_one(make_sessions(engine), one)
    session.rollback()
    assert jobs.requested(session) == set()


def test_a_job_asked_for_while_it_runs_is_still_asked_for_when_it_has_ended(engine, session, manager, now):
    def asked_for_meanwhile(own, _now):
        with transaction(own):
            jobs.request(own, one, by=manager, now=now)
        return 1

    one = job(asked_for_meanwhile)
    jobs.run_one(make_sessions(engine), one)
    assert jobs.requested(session) == {"test.job"}


def _next_of(left: Iterator[int], _session: object, _now: object) -> int:
    return next(left)


def test_of_runs_that_changed_nothing_only_the_last_is_kept(engine, session):
    for every in (timedelta(seconds=10), timedelta(minutes=5)):
        changed = iter([0, 0, 3, 0, 0])
        one = Job(f"test.{every.seconds}", "Test job", every, partial(_next_of, changed))
        for _ in range(5):
            jobs.run_one(make_sessions(engine), one)
        session.rollback()
        runs = session.scalars(select(JobRun).where(JobRun.job == one.name).order_by(JobRun.id)).all()
        assert [(run.changed, run.outcome) for run in runs] == [(3, "ok"), (0, "ok")]


def test_a_process_is_alive_for_half_a_minute_after_it_was_seen(session, now):
    assert not jobs.is_alive(session, "scheduler", now=now)
    with transaction(session):
        jobs.beat(session, "scheduler", now=now)
    assert jobs.is_alive(session, "scheduler", now=now + timedelta(seconds=29))
    assert not jobs.is_alive(session, "scheduler", now=now + timedelta(seconds=30))


def test_old_runs_are_forgotten_and_killed_ones_after_a_day(session, now):
    with transaction(session):
        for days, outcome in (
            (15, "ok"),
            (15, "failed"),
            (13, "failed"),
            (1, "ok"),
            (2, "running"),
            (0, "running"),
        ):
            session.add(JobRun(job="j", started_at=now - timedelta(days=days), outcome=outcome))
    assert jobs.forget_old_runs(session, now) == 3
    assert jobs.forget_old_runs(session, now) == 0
    assert session.scalar(select(func.count()).select_from(JobRun)) == 3


def test_the_runs_are_paged(session, now):
    with transaction(session):
        session.add_all(JobRun(job="j", started_at=now, outcome="ok") for _ in range(jobs.PAGE + 3))
    first = jobs.recent_runs(session)
    second = jobs.recent_runs(session, older_than=first.older)
    assert (len(first.rows), len(second.rows), second.older) == (jobs.PAGE, 3, None)
    assert jobs.recent_runs(session, "other").rows == []


def test_spans_are_put_into_words(app):
    with app.test_request_context():
        spans = [timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=2), timedelta(days=1)]
        assert all(every_text(span) for span in spans)


def test_a_manager_sees_a_failed_job_and_asks_for_it_to_run(desk, session):
    with transaction(session):
        session.add(
            JobRun(
                job="outbox.deliver",
                started_at=clock.now(),
                outcome="failed",
                problem="ConnectionRefusedError",
            )
        )
    page = desk.get("/manage/jobs").text
    assert "ConnectionRefusedError" in page
    assert (
        desk.get("/manage/jobs/runs?job=outbox.deliver&outcome=failed").text.count("ConnectionRefusedError")
        == 1
    )
    assert desk.post("/manage/jobs/outbox.deliver/run").status_code == 302
    assert session.scalars(select(JobRequest.job)).all() == ["outbox.deliver"]
    assert desk.post("/manage/jobs/none-such/run").status_code == 404


def test_the_portal_says_that_it_is_alive_and_whether_it_is_well(app, session):
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "ok"}
    unwell = client.get("/readyz")
    assert unwell.status_code == 503
    assert unwell.json["checks"]["scheduler"] is False
    with transaction(session):
        session.merge(Heartbeat(process="scheduler", at=clock.now()))
    assert client.get("/readyz").json["checks"]["scheduler"] is True


def test_a_database_that_is_away_makes_the_portal_unready_but_alive(app, monkeypatch):
    def away(*_args, **_options):
        raise OSError("the database is away")

    monkeypatch.setattr("portal.jobs.is_alive", away)
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503


def test_the_home_page_of_a_manager_says_that_e_mails_could_not_be_sent(desk, session, manager):
    with transaction(session):
        facts = {"name": "x", "link": "y"}
        outbox.post(session, manager, "portal/notices/invitation.txt", facts, key="k", now=clock.now())
        session.flush()
        notice = session.scalars(select(outbox.Notice)).one()
        notice.mail_state, notice.problem = outbox.MailState.FAILED, "SMTPRecipientsRefused: nobody there"
    page = desk.get("/").text
    assert "1 e-mail of the last seven days could not be sent." in page
    assert "nobody there" in page


def _left_running(session, now, minutes):
    run = JobRun(job="jobs.forget_old_runs", started_at=now - timedelta(minutes=minutes), outcome="running")
    session.add(run)
    return run


def test_a_run_that_was_killed_is_shown_as_stopped_and_one_at_work_as_running(desk, session):
    now = clock.now()
    with transaction(session):
        _left_running(session, now, 5)
    assert "Stopped half-way" in desk.get("/manage/jobs").text, "no scheduler is there that could be at work"
    with transaction(session):
        jobs.beat(session, "scheduler", now=now)
    assert "Stopped half-way" not in desk.get("/manage/jobs").text
    with transaction(session):
        _left_running(session, now, 1)
    page = desk.get("/manage/jobs/runs").text
    assert page.count("Stopped half-way") == 1, "the same job has begun anew since"
    assert page.count(">Running<") == 2, "one in the filter, one in the list"


def test_each_job_says_in_a_sentence_what_it_does(desk, app):
    page = desk.get("/manage/jobs").text
    for known in app.extensions["jobs"].values():
        assert known.does.endswith("."), known.name
        assert known.does.split(";")[0] in page.replace("&#39;", "'"), known.name


def test_one_item_that_fails_does_not_keep_a_job_from_the_others(engine, session, now):
    def act(session, _now):
        def one(number):
            make_user(session, Role.STAFF, email=f"clerk{number}@example.com", now=now)
            session.flush()
            if number == 2:
                raise ValueError("no more soap")
            return 1

        return jobs.for_each(session, [1, 2, 3], one)

    run = jobs.run_one(make_sessions(engine), job(act))
    assert run.outcome == "failed"
    assert "no more soap" in run.problem
    assert session.scalar(select(func.count()).select_from(User).where(User.role == Role.STAFF)) == 2
