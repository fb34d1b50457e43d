"""The test's settings behind one more address: the bare view the pages are held against."""

from config.settings.test import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.urls"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = False
