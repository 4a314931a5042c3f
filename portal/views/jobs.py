"""Scheduled work for managers: what runs when, what it changed, what failed, and running it now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from portal import clock, jobs, outbox
from portal.accounts.models import User
from portal.db import transaction
from portal.feature import Panel
from portal.i18n import N_, gettext, ngettext
from portal.jobs import JobRun, Outcome
from portal.permissions import House
from portal.web.access import may, staff
from portal.web.flashing import flash_done
from portal.web.session import db, me
from portal.web.turning import links, places

bp = Blueprint("jobs", __name__, url_prefix="/manage/jobs")

OUTCOME_TITLES = {
    "running": N_("Running"),
    "ok": N_("Done"),
    "failed": N_("Failed"),
    "stopped": N_("Stopped half-way"),
}
TONES = {"running": "info", "ok": "ok", "failed": "bad", "stopped": "risk"}
KILLED_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Shown:
    """One run as people read it."""

    title: str
    name: str
    started_at: datetime
    took: str
    changed: int
    outcome: str
    problem: str | None


@bp.get("")
@staff(House.JOBS_VIEW)
def overview() -> ResponseReturnValue:
    """Each job with its last run and when it is due again."""
    now = clock.now()
    known = current_app.extensions["jobs"]
    alive = jobs.is_alive(db(), "scheduler", now=now)
    rows = [
        {
            "name": report.job.name,
            "title": gettext(report.job.title),
            "every": every_text(report.job.every),
            "does": gettext(report.job.does),
            "last": _shown(report.last, now, killed=not alive) if report.last else None,
            "next_at": report.next_at,
            "due": report.next_at is None or report.next_at <= now,
            "waiting": report.waiting,
        }
        for report in sorted(jobs.reports(db(), known.values()), key=lambda one: gettext(one.job.title))
    ]
    return render_template(
        "house/jobs.html",
        rows=rows,
        alive=alive,
        seen_at=jobs.seen_at(db(), "scheduler"),
        busy=any(row["waiting"] for row in rows),
        may_run=may(me(), House.JOBS_RUN),
        outcomes=OUTCOME_TITLES,
        tones=TONES,
    )


@bp.get("/runs")
@staff(House.JOBS_VIEW)
def runs() -> ResponseReturnValue:
    """What ran, newest first, of one job or all, or only what failed."""
    asked = {name: request.args.get(name, "")[:60] for name in ("job", "outcome")}
    found = jobs.recent_runs(db(), asked["job"], asked["outcome"], **places())
    now = clock.now()
    killed = jobs.killed(db(), found.rows, now=now)
    return render_template(
        "house/job_runs.html",
        rows=[_shown(run, now, killed=run.id in killed) for run in found.rows],
        page=links(found, ".runs", total=None, **asked),
        asked=asked,
        known={name: gettext(job.title) for name, job in current_app.extensions["jobs"].items()},
        outcomes=OUTCOME_TITLES,
        tones=TONES,
    )


@bp.post("/<name>/run")
@staff(House.JOBS_RUN)
def run(name: str) -> ResponseReturnValue:
    """Ask the scheduler to run a job now."""
    job = current_app.extensions["jobs"].get(name) or abort(404)
    with transaction(db()):
        jobs.request(db(), job, by=me(), now=clock.now())
    flash_done(N_("%(job)s runs within a few seconds."), job=gettext(job.title))
    return redirect(url_for(".overview"))


def attention(session: Session, person: User, now: datetime) -> Panel | None:
    """For people who look after the portal: a scheduler that is silent, jobs that failed, e-mails given up."""
    if not may(person, House.JOBS_VIEW):
        return None
    known = current_app.extensions["jobs"]
    titles = [known[name].title for name in jobs.failing(session, known)]
    facts = {
        "silent": not jobs.is_alive(session, "scheduler", now=now),
        "failed": [gettext(title) for title in titles],
        "unsent": outbox.given_up(session, now=now),
        "problem": outbox.last_problem(session, now=now),
    }
    return (
        Panel(gettext(N_("The portal needs attention")), "house/attention.html", facts, order=5)
        if any(facts.values())
        else None
    )


def every_text(span: timedelta) -> str:
    """A span between two runs: every 10 seconds, every 5 minutes, every day."""
    seconds = int(span.total_seconds())
    if seconds % 86_400 == 0:
        return ngettext("every day", "every %(num)s days", seconds // 86_400)
    if seconds % 3600 == 0:
        return ngettext("every hour", "every %(num)s hours", seconds // 3600)
    if seconds % 60 == 0:
        return ngettext("every minute", "every %(num)s minutes", seconds // 60)
    return ngettext("every second", "every %(num)s seconds", seconds)


def _shown(run: JobRun, now: datetime, *, killed: bool) -> Shown:
    job = current_app.extensions["jobs"].get(run.job)
    outcome = run.outcome
    if outcome == Outcome.RUNNING and (killed or now - run.started_at > KILLED_AFTER):
        outcome = "stopped"
    return Shown(
        title=gettext(job.title) if job else run.job,
        name=run.job,
        started_at=run.started_at,
        took=_took(run.ended_at - run.started_at) if run.ended_at else "–",
        changed=run.changed,
        outcome=outcome,
        problem=run.problem,
    )


def _took(span: timedelta) -> str:
    seconds = span.total_seconds()
    if seconds < 1:
        return gettext(N_("%(count)s ms"), count=round(seconds * 1000))
    if seconds < 120:
        return gettext(N_("%(count)s s"), count=f"{seconds:.1f}")
    return gettext(N_("%(count)s min"), count=round(seconds / 60))
