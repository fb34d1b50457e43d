"""Settings of `make test`: as `dev`, and strict: an undefined template variable is an error."""

from .dev import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
