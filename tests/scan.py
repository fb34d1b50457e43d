"""`make scan`: the whole site, with its demonstration, under a scanner (wapiti), as a stranger and as somebody of each role.

Prints what was found and fails on anything that SECURITY.md does not explain.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from importlib import import_module
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

MODULES = (
    "backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,xss"
)
"""All that bear on the site, but for ssrf and xxe, which ask a server of the scanner's makers what came; here, nothing leaves."""
WAPITI = """
import builtins, re
from wapitiCore.net import crawler
builtins.input = lambda *_: "n"
crawler.wildcard_translate = lambda address: re.compile(re.escape(address))
from wapitiCore.main.wapiti import wapiti_main
wapiti_main()
"""
"""Debian's wapiti, by Debian's Python: its own way to exclude an address is an error since Python 3.11, and
whether to go on with the next attack when the time of one is over, it would ask somebody at a keyboard."""
SECONDS = os.environ.get("SCAN_SECONDS", "300")
"""For each person, to follow links; then as long for each kind of attack, at most."""
PEOPLE = {
    "a stranger": ("", "/"),
    "a student": ("etudiant6@saisine.example", "/ma-saisine/"),
    "an institution": ("etablissement@universite.example", "/etablissement/"),
    "an adviser": ("scuio@universite.example", "/suivi/"),
    "the office": ("gestionnaire@rectorat.example", "/bureau/"),
    "the administrator": ("nationale@ministere.example", "/bureau/"),
}
EXPLAINED = {
    "HTTP Secure Headers": "HSTS is not set without TLS, on loopback; `tests/web/test_headers.py` asks for it on every answer",
    "Secure Flag cookie": "likewise: without TLS the cookies of the development settings bear neither Secure nor the prefix",
}
"""What the scanner finds by the circumstances of the scan → why it is no weakness. SECURITY.md says the same."""


def session_of(email: str) -> str:
    """Return the header of a browser in which that person has signed in, with a token against forgery that its forms accept."""
    from referrals.models import User

    csrf = secrets.token_hex(16)
    if not email:
        return f"{settings.CSRF_COOKIE_NAME}={csrf}"
    user = User.objects.get(email=email)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session["_auth_user_id"], session["_auth_user_hash"] = str(user.pk), user.get_session_auth_hash()
    session["_auth_user_backend"] = settings.AUTHENTICATION_BACKENDS[-1]
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={csrf}"


def scanned(address: str, who: str, *, folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return what the scanner found as that person: kind → findings."""
    email, door = PEOPLE[who]
    report = folder / f"{who}.json"
    command = [
        "/usr/bin/python3",
        "-c",
        WAPITI,
        "--url",
        f"{address}{door}",
        "--scope",
        "domain",
        "--module",
        MODULES,
        "--header",
        f"Cookie: {session_of(email)}",
        "--exclude",
        f"{address}/compte/logout/",
        "--exclude",
        f"{address}/ma-saisine/quitter/",
        "--max-scan-time",
        SECONDS,
        "--max-attack-time",
        SECONDS,
        "--max-links-per-page",
        "40",
        "--max-files-per-dir",
        "12",
        "--depth",
        "6",
        "--format",
        "json",
        "--output",
        str(report),
        "--flush-session",
        "--no-bugreport",
        "--store-session",
        str(folder),
        "--verbose",
        "0",
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    answer = json.loads(report.read_text())
    print(f"{who}: {answer['infos'].get('crawled_pages_nbr', '?')} pages", flush=True)
    return {kind: found for group in ("vulnerabilities", "anomalies") for kind, found in answer[group].items() if found}


def main(wanted: list[str]) -> int:
    django.setup()
    from tests.processes import environment, free_port, web

    for command in ("migrate", "load_reference", "demo"):
        call_command(command, stdout=StringIO())
    unexplained = 0
    with tempfile.TemporaryDirectory() as place:
        folder, port = Path(place), free_port()
        env = environment(mail_port=1, site_url=f"http://127.0.0.1:{port}")
        env |= {"DJANGO_SETTINGS_MODULE": "config.settings.dev"}  # the demonstration's people have no second factor
        with web(env=env, log=folder / "web.log", port=port) as address:
            for who in wanted or PEOPLE:
                for kind, found in scanned(address, who, folder=folder).items():
                    why = EXPLAINED.get(kind)
                    unexplained += 0 if why else len(found)
                    print(f"  {kind}: {len(found)}" + (f" ({why})" if why else ""))
                    for one in [] if why else found[:10]:
                        print(f"    {one['method']} {one['path']} {one.get('parameter', '')}: {one['info'][:300]}", flush=True)
            log = (folder / "web.log").read_text()
            broken = [line for line in log.splitlines() if " 500" in line or "Traceback" in line]
            print(f"{len(broken)} answers of 5xx while it was scanned", *broken[:5], sep="\n  ")
    return 1 if unexplained or broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
