"""Where files are kept, from one address in the environment: a folder of this machine, or a bucket that speaks S3."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

DISK: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
OPTIONS = {"region": "", "acl": "private", "encryption": ""}
"""What the address may say besides, and what holds where it does not. encryption: by the server, in its words (AES256, aws:kms)."""


def storage_of(address: str) -> dict[str, Any]:
    """Return the storage that ``address`` names, as Django's ``STORAGES`` has it; empty, it is the folder MEDIA_ROOT.

    ``s3://KEY:SECRET@host/bucket?region=…&acl=…&encryption=…``; ``s3+http://`` without TLS, on a network of one's own. Key and
    secret are percent-encoded; without them the machine's own role is asked. ``acl=`` (nothing) for a bucket that takes none. The
    bucket must be private: nothing ever links to it, the site streams each file through a view that has asked who may see it.

    Raises ValueError for any other address.
    """
    if not address:
        return DISK
    at = urlsplit(address)
    said = dict(parse_qsl(at.query, keep_blank_values=True))
    bucket = at.path.strip("/")
    if at.scheme not in ("s3", "s3+http") or not at.hostname or not bucket or said.keys() - OPTIONS.keys():
        raise ValueError("STORAGE_URL is s3://KEY:SECRET@host/bucket?region=…&acl=…&encryption=…, or empty")
    options = OPTIONS | said
    host = f"{at.hostname}:{at.port}" if at.port else at.hostname
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "access_key": unquote(at.username) if at.username else None,
            "secret_key": unquote(at.password) if at.password else None,
            "endpoint_url": f"{'http' if at.scheme == 's3+http' else 'https'}://{host}",
            "bucket_name": bucket,
            "region_name": options["region"] or None,
            "default_acl": options["acl"] or None,
            "object_parameters": {"ServerSideEncryption": options["encryption"]} if options["encryption"] else {},
            "addressing_style": "path",
            "signature_version": "s3v4",
            "file_overwrite": False,
            "querystring_auth": False,
        },
    }
