"""The test's settings with the files of a production: hashed, compressed, kept by browsers for good. STATIC_ROOT holds them."""

from config.settings import base
from config.settings.test import *  # noqa: F403

STORAGES = base.STORAGES
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = False
WHITENOISE_AUTOREFRESH = False
