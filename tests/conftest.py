"""What every test stands on."""

import pytest


@pytest.fixture(autouse=True)
def media_folder(settings, tmp_path):
    """Documents of a test go to a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "documents"
