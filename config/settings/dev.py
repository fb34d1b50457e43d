"""Settings of `make run`: plain HTTP on one machine, files served without a build.

The servers of `make run` and `make test` are those config.stack starts, or the environment names. The defaults below let
commands that reach none (`limit`, `state_diagram`, `check`) run from a bare shell.
"""

import os

os.environ.setdefault("SECRET_KEY", "development-only-not-a-secret")
os.environ.setdefault("HEALTH_KEYS", "ZGV2ZWxvcG1lbnQtb25seS1oZWFsdGgta2V5LTAwMDE")
os.environ.setdefault("SEALING_KEYS", "ZGV2ZWxvcG1lbnQtb25seS1mYWN0b3Ita2V5LTAwMDE")
os.environ.setdefault("SITE_URL", "http://127.0.0.1:8000")
os.environ.setdefault("DATABASE_URL", "postgres://app@127.0.0.1/saisine")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1/0")
os.environ.setdefault("EMAIL_URL", "smtp://127.0.0.1:1025")
os.environ.setdefault("DEFAULT_FROM_EMAIL", "Saisine <ne-pas-repondre@saisine.example>")

from .base import *  # noqa: F403

REFUSES_UNSAFE_START = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 0
SESSION_COOKIE_SECURE = False
SESSION_COOKIE_NAME = "session"
CSRF_COOKIE_SECURE = False
CSRF_COOKIE_NAME = "csrf"
LANGUAGE_COOKIE_SECURE = False
LANGUAGE_COOKIE_NAME = "language"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http"
ACCOUNT_RATE_LIMITS = False
MFA_RATE_LIMITS = False
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
SECOND_FACTOR_ENFORCED = False
"""The demonstration's accounts are a click away; whoever has set up a second factor is asked for it all the same."""
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
CONTENT_SECURITY_POLICY = {  # there is nothing to upgrade to
    "DIRECTIVES": {
        name: value for name, value in CONTENT_SECURITY_POLICY["DIRECTIVES"].items() if name != "upgrade-insecure-requests"
    }
}
LOGGING = LOGGING | {"formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}}}
