"""The composition root: the only place where the house and the rooms meet."""

import secrets
import time
from collections.abc import Iterable
from typing import Any

import structlog
from alembic.script import ScriptDirectory
from flask import Flask, g, request
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from sqlalchemy import Engine, inspect
from sqlalchemy.orm import Session
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from config import FEATURES, ROOT, BadSettings, Settings
from portal import house, i18n, mailing
from portal.db import make_engine, make_sessions
from portal.feature import Feature, grants_of, jobs_by_name, load
from portal.importing import running
from portal.installation import is_demo
from portal.web import access, errors, identity, navigation, pages, reading
from portal.web.filters import add_filters
from portal.web.limits import limiter
from portal.web.reading import NumberInPath
from portal.web.session import close_session

CSP = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
ON_EVERY_ANSWER = (
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
"""Headers that no page sets by itself."""
log = structlog.get_logger()


class House(Flask):
    """The application, which keeps the secrets of links out of its log."""

    def log_exception(self, exc_info: Any) -> None:
        """Put a fault on record."""
        self.logger.error("Exception on %s [%s]", _path_to_log(), request.method, exc_info=exc_info)


def create_app(settings: Settings, engine: Engine | None = None, features: Iterable[str] = FEATURES) -> Flask:
    """The portal with these rooms on this database; raises rather than start with an endpoint open by mistake."""
    rooms = load(features)
    app = House("portal", root_path=str(ROOT / "portal"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.upload_megabytes * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        SESSION_COOKIE_NAME="sanya",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,  # a sign-in ends long before the cookie does
        RATELIMIT_ENABLED=True,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.url_map.converters["int"] = NumberInPath
    app.extensions["migration_head"] = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    _set_up_pages(app, rooms)
    connect(app, settings, engine or make_engine(settings.database_url))
    _set_up_requests(app)
    access.check_endpoints(app)
    return app


def connect(app: Flask, settings: Settings, engine: Engine) -> None:
    """Have the portal serve this database from now on; raises rather than show demo data to the public."""
    app.extensions["settings"] = settings
    app.extensions["engine"] = engine
    app.extensions["sessions"] = make_sessions(engine)
    own = (*mailing.jobs_with(settings), *running.jobs_with(app.extensions["imports"]))
    rooms = (house.FEATURE, *app.extensions["rooms"])
    app.extensions["jobs"] = jobs_by_name([*own, *(job for room in rooms for job in room.jobs)])
    with app.extensions["sessions"]() as session:
        if not settings.demo and _holds_demo(session):
            raise BadSettings(
                "this database holds demo data with known passwords: use another one, or set DEMO=1"
            )


def _holds_demo(session: Session) -> bool:
    """Whether the database holds demo data; one without tables holds none."""
    return inspect(session.connection()).has_table("installation_fact") and is_demo(session)


def _set_up_pages(app: Flask, rooms: list[Feature]) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(i18n.gettext, i18n.plural, newstyle=True)  # type: ignore[attr-defined]
    add_filters(app)
    app.extensions["rooms"] = rooms
    app.extensions["grants"] = grants_of([house.FEATURE, *rooms])
    app.extensions["home"] = [offer for room in (house.FEATURE, *rooms) for offer in room.home]
    for hook in ("answers", "dangers", "queues"):
        app.extensions[hook] = [offer for room in rooms for offer in getattr(room, hook)]
    app.extensions["customer_panels"] = [
        offer for room in (house.FEATURE, *rooms) for offer in room.customer_panels
    ]
    app.extensions["order_panels"] = [offer for room in rooms for offer in room.order_panels]
    app.extensions["followers"] = [follow for room in rooms for follow in room.followers]
    app.extensions["reclassing"] = [follow for room in rooms for follow in room.reclassing]
    app.extensions["searches"] = [
        find for room in (*reversed(rooms), house.FEATURE) for find in room.searches
    ]
    app.extensions["imports"] = {kind.name: kind for room in (house.FEATURE, *rooms) for kind in room.imports}
    app.extensions["verbs"] = {
        k: title for room in (house.FEATURE, *rooms) for k, title in room.verbs.items()
    }
    app.extensions["subjects"] = {
        k: title for room in (house.FEATURE, *rooms) for k, title in room.subjects.items()
    }
    app.extensions["facts"] = {
        k: title for room in (house.FEATURE, *rooms) for k, title in room.facts.items()
    }
    app.extensions["nav"] = [entry for room in (house.FEATURE, *rooms) for entry in room.nav]
    for blueprint in (pages.bp, *house.FEATURE.blueprints, *(bp for room in rooms for bp in room.blueprints)):
        app.register_blueprint(blueprint)
    app.context_processor(navigation.for_layout)
    app.jinja_env.globals["static_version"] = _static_version()
    errors.register(app)


def _static_version() -> str:
    """A mark that is the same in every process and changes with the style sheets and scripts."""
    changed = [
        file.stat().st_mtime_ns for file in (ROOT / "portal" / "static").rglob("*.*") if file.is_file()
    ]
    return f"{max(changed, default=0) // 10**6:x}"


def _set_up_requests(app: Flask) -> None:
    limiter.init_app(app)
    _look_at_limits_where_they_are(app)
    login = LoginManager(app)
    login.session_protection = (
        None  # the sign-in is proven by its token alone, so that phones may change networks
    )
    login.user_loader(identity.load)
    app.before_request(_start)
    app.before_request(navigation.choose_language)
    app.before_request(access.guard)
    app.before_request(reading.refuse_unreadable)
    CSRFProtect(app)  # after the guard: somebody signed out meanwhile is told so, not that a form was stale
    app.after_request(_finish)
    app.teardown_appcontext(close_session)


def _look_at_limits_where_they_are(app: Flask) -> None:
    """Have an endpoint that is limited look at its limits, and the others not look for any: there are none for all."""
    hooks = app.before_request_funcs[None]
    hooks[:] = [hook for hook in hooks if getattr(hook, "__self__", None) is not limiter]


def _path_to_log() -> str:
    """The path asked for; of a link that lets its bearer choose a password only the pattern."""
    rule = request.url_rule
    return rule.rule if rule is not None and "token" in rule.arguments else request.path


def _start() -> None:
    g.started = time.perf_counter()
    g.request_id = secrets.token_hex(6)


def _finish(response: Response) -> Response:
    response.headers.extend(ON_EVERY_ANSWER)
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        took: Any = (time.perf_counter() - g.started) * 1000 if "started" in g else 0
        log.info(
            "request",
            id=g.get("request_id"),
            method=request.method,
            path=_path_to_log(),
            status=response.status_code,
            ms=round(took, 1),
        )
    return response
