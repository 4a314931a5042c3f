"""Settings for machines. What a manager decides lives in `policies/`, never here."""

import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel import Locale

FEATURES = ("policies", "inventory", "orders", "aftersales")
"""The rooms of the house, lowest first; each offers a `FEATURE` in its `feature.py`."""

ROOT = Path(__file__).resolve().parent
LEAST_SECRET_LENGTH = 32


class BadSettings(Exception):
    """The environment asks for something that would not be safe or cannot work."""


@dataclass(frozen=True)
class Seller:
    """The distributor, as printed on every document."""

    name_th: str = "บริษัท สัญญาดิสทริบิวชัน จำกัด"
    name_en: str = "Sanya Distribution Co., Ltd."
    address_th: str = "88 หมู่ 4 ถนนบางนา-ตราด ตำบลบางพลีใหญ่ อำเภอบางพลี สมุทรปราการ 10540"
    address_en: str = "88 Moo 4, Bangna-Trat Road, Bang Phli Yai, Bang Phli, Samut Prakan 10540"
    tax_id: str = "0115563012343"
    phone: str = "02-000-0000"


@dataclass(frozen=True)
class Settings:
    """Everything a process needs to know of the machine it runs on."""

    database_url: str
    secret_key: str
    demo: bool
    base_url: str
    host: str
    port: int
    workers: int
    var: Path
    smtp_host: str | None
    smtp_port: int
    smtp_user: str | None
    smtp_password: str | None
    smtp_starttls: bool
    mail_from: str
    secure_cookies: bool
    trusted_proxies: int
    vat_rate_bp: int
    currency: str
    basket_hold_minutes: int
    upload_megabytes: int
    seller: Seller

    @property
    def uploads(self) -> Path:
        """Where uploaded spreadsheets wait for their import."""
        return self.var / "uploads"

    @property
    def mailbox(self) -> Path:
        """Where mail is kept as files when no SMTP server is named."""
        return self.var / "mail"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Settings read once from the environment; raises BadSettings rather than run unsafely."""
        var = Path(env.get("SANYA_VAR", ROOT / "var"))
        demo = _flag(env, "DEMO")
        host, port = env.get("HOST", "127.0.0.1"), _number(env, "PORT", 8000, range(1, 65536))
        base_url = env.get("BASE_URL", f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")  # noqa: S104
        seller = Seller(
            **{name: env.get(f"SELLER_{name.upper()}", default) for name, default in vars(Seller()).items()}
        )
        return cls(
            database_url=env.get("DATABASE_URL", f"sqlite:///{var / 'sanya.db'}"),
            secret_key=_secret_key(env, var, demo=demo),
            demo=demo,
            base_url=base_url.rstrip("/"),
            host=host,
            port=port,
            workers=_number(env, "WEB_WORKERS", 2, range(1, 129)),
            var=var,
            smtp_host=env.get("SMTP_HOST"),
            smtp_port=_number(env, "SMTP_PORT", 25),
            smtp_user=env.get("SMTP_USER"),
            smtp_password=env.get("SMTP_PASSWORD"),
            smtp_starttls=_flag(env, "SMTP_STARTTLS"),
            mail_from=env.get("MAIL_FROM", "Sanya <no-reply@sanya.example.com>"),
            secure_cookies=_flag(env, "SECURE_COOKIES", default=base_url.startswith("https://")),
            trusted_proxies=_number(env, "TRUSTED_PROXIES", 0),
            vat_rate_bp=_number(env, "VAT_RATE_BP", 700, range(10_001)),
            currency=_currency(env),
            basket_hold_minutes=_number(env, "BASKET_HOLD_MINUTES", 30, range(1441)),
            upload_megabytes=_number(env, "UPLOAD_MEGABYTES", 64),
            seller=seller,
        )


def _flag(env: Mapping[str, str], name: str, *, default: bool = False) -> bool:
    return env.get(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def _number(env: Mapping[str, str], name: str, default: int, allowed: range | None = None) -> int:
    try:
        number = int(env.get(name, default))
    except ValueError:
        raise BadSettings(f"{name} must be a whole number, not {env[name]!r}") from None
    if allowed is not None and number not in allowed:
        raise BadSettings(f"{name} must be between {allowed[0]} and {allowed[-1]}, not {number}")
    return number


def _currency(env: Mapping[str, str]) -> str:
    code = env.get("CURRENCY", "THB")
    if code not in Locale("en").currencies:
        raise BadSettings(f"CURRENCY must be the code of a currency such as THB, not {code!r}")
    return code


def _secret_key(env: Mapping[str, str], var: Path, *, demo: bool) -> str:
    """The signing key: given by the environment, or in demo mode made once and kept in a private file."""
    given = env.get("SECRET_KEY", "")
    if given:
        if len(given) < LEAST_SECRET_LENGTH or len(set(given)) < 8:
            raise BadSettings(
                f"SECRET_KEY is too weak: give at least {LEAST_SECRET_LENGTH} random characters"
            )
        return given
    if not demo:
        raise BadSettings(
            "SECRET_KEY is not set. Outside demo mode there is no default key; make one with: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(48))"'
        )
    file = var / "secret-key"
    if not file.exists():
        _make_secret(file)
    key = file.read_text().strip()
    if len(key) < LEAST_SECRET_LENGTH:
        raise BadSettings(f"{file} holds no whole key: remove it, and a new one is made")
    return key


def _make_secret(file: Path) -> None:
    """Put a new key there in one piece; of several processes that start at once, the first one's stays."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".secret-key-") as written:
        written.write(secrets.token_urlsafe(48))
        written.flush()
        os.fsync(written.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(written.name, file)
