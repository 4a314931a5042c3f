"""Imports at the desk: upload, columns, progress, and what became of every row."""

import re
from collections.abc import Mapping
from typing import Any, cast

from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from portal import clock
from portal.db import transaction
from portal.i18n import N_, gettext
from portal.importing import queries, runs
from portal.importing.kinds import ImportKind, Sheet
from portal.importing.models import INTERRUPTED_TITLE, STATE_TITLES, ImportRun, RunState
from portal.importing.sheets_out import as_csv, as_xlsx, sample_rows
from portal.importing.tables import found_in, open_place
from portal.importing.telling import Sums
from portal.permissions import House
from portal.refusal import Refused, Unknown
from portal.views.import_files import amount_text, download, keep_upload, remove_files
from portal.views.import_forms import UploadForm, chosen_options, chosen_tables, columns_form
from portal.views.import_tables import preview, tables_asked
from portal.web.access import may, staff
from portal.web.flashing import flash_done, flash_refused
from portal.web.forms import Form, choices
from portal.web.session import db, me, sessions, settings
from portal.web.turning import links, places

bp = Blueprint("imports", __name__, url_prefix="/desk/imports")

MOST_REASONS = 8
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_PLACES = re.compile(r"%\(\w+\)s")


@bp.get("")
@staff(House.IMPORTS_RUN)
def runs_page() -> ResponseReturnValue:
    """The imports, newest first."""
    found = queries.runs_page(db(), **places())
    return render_template(
        "house/imports.html",
        rows=[(run, _state(run), Sums.read(run.sums), _kind_title(run)) for run in found.rows],
        page=links(found, ".runs_page"),
    )


@bp.route("/new", methods=["GET", "POST"])
@staff(House.IMPORTS_RUN)
def new() -> ResponseReturnValue:
    """Choose what to import and upload the files."""
    kinds = _kinds()
    form = UploadForm(kind=request.args.get("kind"))
    form.kind.choices = choices({kind.name: kind.title for kind in kinds.values()})
    if not form.validate_on_submit():
        return _new_page(form, kinds), 422 if request.method == "POST" else 200
    try:
        run_id = _prepared(form, kinds[form.kind.data])
    except Refused as no:
        form.refuse(Refused(no.message, field="files", **no.params))
        return _new_page(form, kinds), 422
    return redirect(url_for(".columns", run_id=run_id))


def _prepared(form: UploadForm, kind: ImportKind) -> int:
    """A prepared run of the files sent; whatever goes wrong, none of them is left."""
    kept: list[Mapping[str, str]] = []
    try:
        for file in form.files.data:
            if file.filename:
                kept.append(keep_upload(file, settings().uploads))  # one by one: those that came are removed
        tables = runs.guessed_tables(kind, kept)
        with transaction(db()):
            return runs.prepare(db(), kind, kept, by=me(), now=clock.now(), tables=tables).id
    except BaseException:
        remove_files(file["path"] for file in kept)
        raise


@bp.route("/<int:run_id>/columns", methods=["GET", "POST"])
@staff(House.IMPORTS_RUN)
def columns(run_id: int) -> ResponseReturnValue:
    """Say which column of the file means what, look at the first rows, and start."""
    run, kind = _run(run_id)
    if run.state != RunState.DRAFT:
        return redirect(url_for(".one", run_id=run_id))
    try:
        found = found_in(run.files)
        tables = tables_asked(run, kind, found, request.values)
        headers = {
            name: list(open_place(run.files, chosen["place"]).headers) for name, chosen in tables.items()
        }
    except (Refused, OSError):
        flash_refused(Refused(N_("The files of this import are no longer there; please upload them again.")))
        return redirect(url_for(".new", kind=kind.name))
    form = columns_form(db(), kind, tables, headers, run.options)
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                chosen, said = chosen_tables(form, kind), chosen_options(form, kind)
                read = runs.columns_of(run.files, chosen)
                with transaction(db()):
                    runs.ask(db(), run, kind, chosen, said, by=me(), now=clock.now(), columns=read)
                return redirect(url_for(".one", run_id=run_id))
            except Refused as no:
                form.refuse(_in_words(no))
    return render_template(
        "house/import_columns.html",
        run=run,
        kind=kind,
        form=form,
        tables=tables,
        found=found,
        shown_first={sheet.name: _shown_first(form, sheet) for sheet in kind.sheets if sheet.name in tables},
        previews={name: preview(run, chosen["place"]) for name, chosen in tables.items()},
    ), status


@bp.get("/<int:run_id>")
@staff(House.IMPORTS_RUN)
def one(run_id: int) -> ResponseReturnValue:
    """An import: its progress, then its sums and every row it reported."""
    run, kind = _run(run_id)
    if run.state == RunState.DRAFT:
        return redirect(url_for(".columns", run_id=run_id))
    reason = request.args.get("reason", "")[:300]
    found = queries.problems_page(db(), run, reason, **places())
    total = queries.count_problems(db(), run, reason)
    return render_template(
        "house/import_run.html",
        run=run,
        kind=kind,
        state=_state(run),
        sums=(sums := Sums.read(run.sums)),
        reasons=[
            (text, _PLACES.sub("…", gettext(text)), count) for text, count in sums.reasons[:MOST_REASONS]
        ],
        failure=gettext(run.message, **run.params) if run.message else "",
        problems=found.rows,
        page=links(found, ".one", total=total, run_id=run_id, reason=reason),
        reason=reason,
        in_words=_problem_text,
        amount=amount_text,
    )


@bp.get("/<int:run_id>/progress")
@staff(House.IMPORTS_RUN)
def progress(run_id: int) -> ResponseReturnValue:
    """How far a run has come, for the page that waits; tells it to load anew once the run has ended."""
    run, kind = _run(run_id)
    answer = make_response(
        render_template(
            "house/_import_progress.html", run=run, kind=kind, state=_state(run), sums=Sums.read(run.sums)
        )
    )
    if run.state in {RunState.DONE, RunState.FAILED}:
        answer.headers["HX-Refresh"] = "true"
    return answer


@bp.get("/<int:run_id>/problems.csv")
@staff(House.IMPORTS_RUN)
def problems(run_id: int) -> ResponseReturnValue:
    """Every reported row as a CSV file."""
    run, kind = _run(run_id)
    titles = {sheet.name: gettext(sheet.title) for sheet in kind.sheets}
    header = [gettext(title) for title in (N_("Table"), N_("Row"), N_("Column"), N_("Value"), N_("Reason"))]

    def rows() -> Any:
        yield header
        with sessions(current_app)() as session:
            for problem in queries.all_problems(session, run.id):
                table = titles.get(problem.sheet, problem.sheet)
                yield [table, problem.row, problem.column, problem.value, _problem_text(problem)]

    return download(
        "".join(as_csv(rows())).encode(), f"import-{run.id}-problems.csv", "text/csv; charset=utf-8"
    )


@bp.post("/<int:run_id>/again")
@staff(House.IMPORTS_RUN)
def again(run_id: int) -> ResponseReturnValue:
    """Take a run that stopped up again."""
    run, _ = _run(run_id)
    try:
        with transaction(db()):
            runs.again(db(), run, by=me(), now=clock.now())
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".one", run_id=run_id))


@bp.post("/<int:run_id>/drop")
@staff(House.IMPORTS_RUN)
def drop(run_id: int) -> ResponseReturnValue:
    """Forget an upload that was not started."""
    run, _ = _run(run_id)
    try:
        with transaction(db()):
            paths = runs.drop(db(), run)
        remove_files(paths)
        flash_done(N_("The upload was forgotten; nothing was imported."))
    except Refused as no:
        flash_refused(no)
    return redirect(url_for(".runs_page"))


@bp.get("/samples/<kind>/<sheet>.<form>")
@staff(House.IMPORTS_RUN)
def sample(kind: str, sheet: str, form: str) -> ResponseReturnValue:
    """A sample file with the columns of a sheet and some rows to look at."""
    known = _kinds().get(kind)
    found = next((one for one in known.sheets if one.name == sheet), None) if known else None
    if found is None or form not in {"csv", "xlsx"}:
        abort(404)
    rows, name = sample_rows(found), f"sample-{kind}-{sheet}.{form}"
    if form == "csv":
        return download("".join(as_csv(rows)).encode(), name, "text/csv; charset=utf-8")
    return download(as_xlsx(rows, sheet), name, XLSX)


def _kinds() -> dict[str, ImportKind]:
    offered = cast("dict[str, ImportKind]", current_app.extensions["imports"])
    return {name: kind for name, kind in offered.items() if may(me(), kind.permission)}


def _run(run_id: int) -> tuple[ImportRun, ImportKind]:
    run = runs.get_run(db(), run_id)
    kind = _kinds().get(run.kind)
    if kind is None:
        raise Unknown(f"import {run_id}")
    return run, kind


def _kind_title(run: ImportRun) -> str:
    kind = current_app.extensions["imports"].get(run.kind)
    return gettext(kind.title) if kind else run.kind


def _state(run: ImportRun) -> tuple[str, str]:
    """Tone and words of a run's state."""
    if run.interrupted(clock.now()):
        return "risk", gettext(INTERRUPTED_TITLE)
    tones = {RunState.DONE: "ok", RunState.FAILED: "bad", RunState.DRAFT: "neutral"}
    state = RunState(run.state)
    return tones.get(state, "info"), gettext(STATE_TITLES[state])


def _new_page(form: UploadForm, kinds: Mapping[str, ImportKind]) -> str:
    return render_template("house/import_new.html", form=form, kinds=kinds, most=settings().upload_megabytes)


def _shown_first(form: Form, sheet: Sheet) -> set[str]:
    """The fields that matter for this file: needed, found in it, or complained of; the others can be unfolded."""
    fields = {column.key: form[f"{sheet.name}__{column.key}"] for column in sheet.columns}
    return {key for key, field in fields.items() if field.flags.required or field.data or field.errors}


def _in_words(no: Refused) -> Refused:
    """A refusal whose params, which may be titles, are translated."""
    params = {
        name: gettext(value) if isinstance(value, str) and value else value
        for name, value in no.params.items()
    }
    return Refused(no.message, field=no.field, **params)


def _problem_text(problem: Any) -> str:
    return gettext(problem.message, **problem.params)
