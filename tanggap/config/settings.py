"""Settings, read from the environment and from files in the data folder; nothing is written here by hand."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from tanggap.config.database import database


def _kept(name: str, make: Any) -> str:
    """A generated secret that stands in the data folder, readable by its owner only."""
    place = TANGGAP_DATA / name
    if not place.exists():
        TANGGAP_DATA.mkdir(parents=True, exist_ok=True)
        half = place.with_suffix(f".{os.getpid()}")
        half.touch(mode=0o600)
        half.write_text(make())
        try:
            os.link(half, place)  # the first process wins; the others read what it wrote
        except FileExistsError:
            pass
        finally:
            half.unlink()
    return place.read_text().strip()


BASE_DIR = Path(__file__).resolve().parent.parent
TANGGAP_DATA = Path(os.environ.get("TANGGAP_DATA", "data")).resolve()
TANGGAP_DEMO = os.environ.get("TANGGAP_DEMO") == "1"
DEBUG = os.environ.get("TANGGAP_DEBUG") == "1"
SECRET_KEY = os.environ.get("TANGGAP_SECRET_KEY") or _kept("secret.key", lambda: secrets.token_urlsafe(50))
TANGGAP_KEYS = os.environ.get("TANGGAP_KEYS", "").split() or [
    _kept("tokens.key", lambda: Fernet.generate_key().decode())
]
TANGGAP_DEEP_PER_SECOND = float(os.environ.get("TANGGAP_DEEP_PER_SECOND", "20"))
TANGGAP_URL = os.environ.get("TANGGAP_URL", "http://127.0.0.1:8000").rstrip("/")
# Addresses of warning feeds on inner networks (host:port or whole address); never set by a form.
TANGGAP_TRUSTED_FEEDS = os.environ.get("TANGGAP_TRUSTED_FEEDS", "").split()
_HTTPS = TANGGAP_URL.startswith("https://")
ALLOWED_HOSTS = os.environ.get("TANGGAP_HOSTS", "").split() or ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [TANGGAP_URL]
CSRF_FAILURE_VIEW = "tanggap.console.errors.forbidden"
ROOT_URLCONF = "tanggap.config.urls"
ASGI_APPLICATION = "tanggap.config.asgi.application"
AUTH_USER_MODEL = "agencies.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": database(os.environ.get("DATABASE_URL", ""))}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "tanggap.core",
    "tanggap.agencies",
    "tanggap.people",
    "tanggap.channels",
    "tanggap.publishing",
    "tanggap.posts",
    "tanggap.cases",
    "tanggap.console",
    "tanggap.portal",
    "tanggap.api",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tanggap.console.membership.MembershipMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "console" / "templates", BASE_DIR / "portal" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ]
            if not DEBUG
            else [
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tanggap.console.chrome.chrome",
            ],
        },
    }
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    }
]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_ADAPTER = "tanggap.console.account.Adapter"
ACCOUNT_PREVENT_ENUMERATION = "strict"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# django-axes counts failures per account and address; allauth's own limiter needs a shared cache.
ACCOUNT_RATE_LIMITS = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Tanggap"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_LOCKOUT_CALLABLE = "tanggap.console.account.locked_out"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_NAME = "__Host-sesi" if _HTTPS else "sesi"
CSRF_COOKIE_NAME = "__Host-csrf" if _HTTPS else "csrf"
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "id"
LANGUAGES = [("id", _("Indonesia")), ("en", _("Inggris"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Jakarta"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = os.environ.get("TANGGAP_STATIC") or None  # without it, files are served from the package
STATICFILES_DIRS = [BASE_DIR / "console" / "static", BASE_DIR / "portal" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if os.environ.get("TANGGAP_SMTP_HOST")
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = TANGGAP_DATA / "mail"
EMAIL_HOST = os.environ.get("TANGGAP_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("TANGGAP_SMTP_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("TANGGAP_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TANGGAP_SMTP_PASSWORD", "")
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("TANGGAP_MAIL_FROM", "tanggap@localhost")

PROCRASTINATE_ON_APP_READY = "tanggap.config.worker.on_app_ready"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "tanggap.config.logs.JsonLine"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "stream": sys.stderr}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("TANGGAP_LOG", "INFO")},
    "loggers": {
        "procrastinate": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},
    },
}
