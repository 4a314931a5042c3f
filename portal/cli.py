"""Commands of the portal: `python -m portal.cli --help`."""

import getpass
import os
import sys

import click
from alembic import command
from alembic.config import Config

from config import FEATURES, ROOT, BadSettings, Settings
from portal import clock, house, jobs, mailing, scheduler
from portal.accounts import inviting
from portal.accounts.roles import Role
from portal.db import make_engine, make_sessions, transaction
from portal.demo.loading import accounts_text, load_if_empty
from portal.feature import Feature, Job, jobs_by_name, load
from portal.importing import command as importing
from portal.importing import running
from portal.importing.kinds import kinds_of
from portal.processes import PortTaken, refuse_taken_port, run_together
from portal.refusal import Refused


@click.group()
@click.pass_context
def cli(context: click.Context) -> None:
    """Sanya, the order-service portal."""
    os.umask(0o077)  # the database, mail and uploads are nobody else's to read
    try:
        context.obj = Settings.from_env(os.environ)
    except BadSettings as fault:
        raise click.ClickException(str(fault)) from None


@cli.command("run")
@click.pass_obj
def run_all(settings: Settings) -> None:
    """Bring the database up to date, load the demo if asked and empty, then serve pages and run the jobs."""
    try:
        refuse_taken_port(settings.host, settings.port)
    except PortTaken as fault:
        raise click.ClickException(
            f"nothing can be served at {settings.host}, port {settings.port}: {fault}. "
            "Stop what listens there, or set PORT to another number."
        ) from None
    migrate_to_head(settings)
    if settings.demo:
        _load_demo(settings)
        click.echo(accounts_text(settings))
    commands = {"scheduler": [sys.executable, "-m", "portal.cli", "scheduler"], "web": _gunicorn(settings)}
    code = run_together(
        commands,
        ROOT,
        started=lambda: click.echo(f"\n  Sanya is at {settings.base_url}   (Ctrl+C stops it)\n"),
        ended=lambda name, code: click.echo(
            f"The {name} process ended with code {code}; stopping.", err=True
        ),
    )
    sys.exit(code)


@cli.command("web")
@click.pass_obj
def web(settings: Settings) -> None:
    """Serve pages only."""
    command_line = _gunicorn(settings)
    os.execv(command_line[0], command_line)  # noqa: S606 - our own interpreter, no shell


@cli.command("scheduler")
@click.pass_obj
def run_scheduler(settings: Settings) -> None:
    """Run the scheduled jobs; a second scheduler on the same database waits until the first is gone."""
    engine = make_engine(settings.database_url)
    if not scheduler.run(engine, all_jobs(settings).values(), settings.var):
        sys.exit(1)


@cli.command("job")
@click.argument("name")
@click.pass_obj
def run_job(settings: Settings, name: str) -> None:
    """Run one job once and say what it changed."""
    known = all_jobs(settings)
    if name not in known:
        raise click.ClickException(f"no such job; there are: {', '.join(sorted(known))}")
    run = jobs.run_one(make_sessions(make_engine(settings.database_url)), known[name])
    if run.problem:
        raise click.ClickException(run.problem)
    click.echo(f"{name}: {run.changed} changed")


@cli.command("check-stock")
@click.pass_obj
def check_stock(settings: Settings) -> None:
    """Prove every balance from its records; names each that differs and then ends with code 1."""
    engine = make_engine(settings.database_url)
    with make_sessions(engine)() as session:
        found = [text for room in features() for prove in room.proofs for text in prove(session)]
    engine.dispose()
    for text in found:
        click.echo(text, err=True)
    if found:
        raise click.ClickException(f"differences from the records: {len(found)}")
    click.echo("Every balance is the sum of its records.")


@cli.command("migrate")
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    migrate_to_head(settings)


@cli.command("demo")
@click.pass_obj
def demo(settings: Settings) -> None:
    """Load the demo data, whose passwords everybody knows, into an empty database; only with DEMO=1."""
    if not settings.demo:
        raise click.ClickException(
            "the demo is only loaded with DEMO=1: its passwords are known to everybody"
        )
    migrate_to_head(settings)
    if not _load_demo(settings):
        click.echo("The demo is already there.")


@cli.command("add-admin")
@click.argument("email")
@click.option("--name", default="Administrator", help="The person's name.")
@click.pass_obj
def add_admin(settings: Settings, email: str, name: str) -> None:
    """Add the first administrator; asks for the password."""
    password = getpass.getpass("Password: ")
    with make_sessions(make_engine(settings.database_url))() as session:
        try:
            with transaction(session):
                user = inviting.add_user(session, email, name=name, role=Role.ADMIN, by=None, now=clock.now())
                session.flush()  # setting the password reads the person's id
                inviting.set_password(session, user, password, now=clock.now())
        except Refused as no:
            raise click.ClickException(str(no)) from None
    click.echo(f"{email} may sign in now.")


def _load_demo(settings: Settings) -> bool:
    try:
        return load_if_empty(settings, features())
    except Refused as no:
        raise click.ClickException(str(no)) from None


def features() -> list[Feature]:
    """The rooms that `config.FEATURES` names."""
    return load(FEATURES)


def all_jobs(settings: Settings) -> dict[str, Job]:
    """Every scheduled job of the house and its rooms, by name."""
    own = (*mailing.jobs_with(settings), *running.jobs_with(kinds_of([house.FEATURE, *features()])))
    found = [*own, *house.FEATURE.jobs, *(job for room in features() for job in room.jobs)]
    return jobs_by_name(found)


def migrate_to_head(settings: Settings) -> None:
    """Run every migration that the database has not seen."""
    settings.var.mkdir(mode=0o700, parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = settings.database_url
    command.upgrade(config, "head")


def _gunicorn(settings: Settings) -> list[str]:
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"{settings.host}:{settings.port}",
        "--workers",
        str(settings.workers),
        "--worker-class",
        "gthread",
        "--threads",
        "4",
        "--access-logfile",
        "/dev/null",
        "--log-level",
        "warning",
        "portal.wsgi:app",
    ]


cli.add_command(importing.command_with(lambda: kinds_of([house.FEATURE, *features()])))

if __name__ == "__main__":
    cli()
