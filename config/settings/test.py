"""Settings of `make test`: as `dev`, each parallel runner with a broker database of its own."""

import os

from .dev import *  # noqa: F403

ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

RUNNER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
REDIS_URL = (
    f"{REDIS_URL}?virtual_host={RUNNER}" if REDIS_URL.startswith("redis+socket:") else f"{REDIS_URL.rsplit('/', 1)[0]}/{RUNNER}"
)
CELERY_BROKER_URL = REDIS_URL
