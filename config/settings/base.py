"""Production settings. `dev` and `test` only loosen what stands here; everything secret or local comes from the environment."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF

from config.storage import storage_of
from referrals.accounts.offered import identity_providers, origins

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.Env()

SECRET_KEY = env("SECRET_KEY")
HEALTH_KEYS = env.list("HEALTH_KEYS")
"""They seal what is told to the medical adviser alone: the first seals, all open (`referrals.sealing`). Back them up apart."""
SEALING_KEYS = env.list("SEALING_KEYS")
"""They seal the secrets of second factors, likewise."""
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env("SITE_URL")
"""Where a mail's links lead, without a slash at the end: workers have no request to ask."""
STATE_LOOK = env.bool("STATE_LOOK", default=False)
"""True only on the State's own sites: its logotype and typeface are reserved to them."""

SECURITY_CONTACT = env("SECURITY_CONTACT", default="")
"""To whom a weakness is reported, in `/.well-known/security.txt`: a mailto: or https: address."""
REFUSES_UNSAFE_START = True
"""Whether the web and the workers stop where `config.checks` finds something unsafe."""

INSTALLED_APPS = [
    "config",
    "referrals",
    "vacancies",
    "notifications",
    "referrals.admin.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "widget_tweaks",
    "dsfr",
    "csp",
]
MIDDLEWARE = [
    "referrals.arrival.stamp_arrival",
    "config.request_log.note_requests",
    "config.headers.protect",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "referrals.arrival.refuse_null_bytes",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "referrals.compression.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "referrals.language.speak",
    "referrals.typesetting.typeset_pages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "referrals.accounts.sessions.end_long_ones",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "referrals.accounts.second_factor.AskSecondFactor",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "referrals.look.look",
                "referrals.accounts.second_factor.for_pages",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {
    "default": env.db("DATABASE_URL")
    | {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # What a page asks is short: starting the server's parallel workers takes longer than reading without them.
        "OPTIONS": {"options": "-c max_parallel_workers_per_gather=0"},
    }
}
CACHES = {
    # Shared by the web's processes and the workers, and there while Redis is not. The migrations create its table.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False
"""A verb opens its own transaction, and proves it (`durable=True`)."""

AUTH_USER_MODEL = "referrals.User"
AUTHENTICATION_BACKENDS = ["referrals.rights.PostsBackend", "allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "referrals.accounts.passwords.WordsOfThisSite"},
]
LOGIN_REDIRECT_URL = "after_login"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "notifications.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_SIGNUP_FORM_CLASS = "referrals.student.signup.SignupForm"
ACCOUNT_FORMS = {
    "login": "referrals.accounts.forms.RememberingLoginForm",
    "signup": "referrals.accounts.forms.DiscreetSignupForm",
    "request_login_code": "referrals.accounts.forms.LoginCodeForm",
}
ACCOUNT_EMAIL_VERIFICATION = "optional"  # a mail that does not arrive must never delay a filing
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"
MFA_ADAPTER = "notifications.accounts.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "referrals.accounts.forms.AddKeyForm",
    "edit_webauthn": "referrals.accounts.forms.EditKeyForm",
}
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True  # else no address is added beside a factor; `second_factor` asks for a proven one
SECOND_FACTOR_ENFORCED = True
"""Whether whoever holds a post shows a second factor at each sign-in. Only `dev` says no, for the demonstration."""
SOCIALACCOUNT_ADAPTER = "referrals.accounts.providers.ProviderAdapter"
SOCIALACCOUNT_EMAIL_VERIFICATION = "optional"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": identity_providers(env)}}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)
"""How many reverse proxies of ours stand in front: the client's address is the one the outermost wrote down."""
ACCOUNT_RATE_LIMITS = {
    # A campus stands behind one address, and on the last day everybody comes: an account in one network is watched closely, and
    # waits longer the longer somebody guesses. A key is that pair, else an address, so nobody shuts out who sits elsewhere.
    "login": "1200/m/ip",
    "login_failed": "300/m/ip,5/5m/key,20/1h/key,50/1d/key",
    "request_login_code": "600/m/ip,3/m/key,20/1d/key",
    "signup": "600/m/ip",
    "reset_password": "600/m/ip,5/m/key",
    "reset_password_from_key": "600/m/ip",
}

REDIS_URL = env("REDIS_URL")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # A message lost with its worker comes back after ten minutes; a task may never run longer than that.
    "visibility_timeout": 600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # Publishing never holds a request up: the sweep of the next minute finds what was not published.
    "socket_timeout": 1,
    "socket_connect_timeout": 1,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "Europe/Paris"

vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "config.formats"
LANGUAGE_COOKIE_NAME = "__Host-language"
"""There only for who is signed out and has asked for English."""
LANGUAGE_COOKIE_AGE = 180 * 24 * 3600
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "var" / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = env.path("MEDIA_ROOT", default=BASE_DIR / "var" / "documents")
"""Private: documents are only ever served by a view that has asked who may see them."""
MEDIA_URL = ""
CLAMAV_URL = env("CLAMAV_URL", default="")
"""Where ClamAV's daemon answers: tcp://host:3310 or unix:///path. Empty: nothing is scanned, and the office is told so."""
STORAGES = {
    "default": storage_of(env("STORAGE_URL", default="")),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
UPLOAD_MAX_BYTES = 10 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REDIRECT_EXEMPT = [r"^sante/$"]
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_AGE = 4 * 3600
SESSION_SAVE_EVERY_REQUEST = True
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
"""What a page tells a person may name her: it stays with us, and goes with the session."""
CSRF_FAILURE_VIEW = "referrals.public.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the design system's style sheet draws its ticks and arrows so
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *origins(SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])],  # the button of a provider leads there
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "upgrade-insecure-requests": True,
        "require-trusted-types-for": ["'script'"],
        "trusted-types": [NONE],
    }
}
LOGGING = {
    # One line of JSON for each request, task and event, to the standard error; `config.logs` keeps persons out of it.
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.Line"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}, "nowhere": {"class": "logging.NullHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("pikepdf", "fontTools", "weasyprint")},
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},  # below, it tells of addresses that our own line names by their route
        "django.security.csrf": {"handlers": ["nowhere"], "propagate": False},  # likewise
        "celery.app.trace": {"level": "CRITICAL"},  # it quotes what a task was given; ours says which, and how it ended
        "celery.worker.strategy": {"level": "WARNING"},
    },
}
