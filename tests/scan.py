"""`make scan`: the whole site, with its demonstration, under a scanner (wapiti), as a stranger and as somebody of each role.

Prints what was found and fails on anything that SECURITY.md does not explain.
"""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.test import Client

MODULES = (
    "backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,xss"
)
"""All that bear on the site, but for ssrf and xxe, which ask a server of the scanner's makers what came; here, nothing leaves."""
WAPITI = """
import builtins, re, signal, sys
from wapitiCore.attack.mod_csrf import mod_csrf
from wapitiCore.net import crawler
mod_csrf.TOKEN_FORM_STRINGS.append("csrfmiddlewaretoken")
crawler.wildcard_translate = lambda address: re.compile(re.escape(address))
builtins.input = lambda *_: "n"
seconds = float(sys.argv[sys.argv.index("--max-attack-time") + 1])
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 3 * seconds, seconds)
from wapitiCore.main.wapiti import wapiti_main
wapiti_main()
"""
"""Debian's wapiti, by Debian's Python, told three things: how to exclude an address, its own way being an error since Python 3.11;
how Django calls its token, so that forms are tried with a wrong one; and when to go on to the next attack, as it looks at the
clock between pages alone.
"""
ANSWERED = re.compile(r"config\.requests \w+ (\S*) (\d{3})$", re.MULTILINE)
SECONDS = os.environ.get("SCAN_SECONDS", "30")
"""For each person: to follow links, and then about as long for each kind of attack."""
PEOPLE = {
    "a stranger": ("", "/"),
    "a student": ("etudiant6@saisine.example", "/ma-saisine/"),
    "an institution": ("etablissement@universite.example", "/etablissement/"),
    "an adviser": ("scuio@universite.example", "/suivi/"),
    "the office": ("gestionnaire@rectorat.example", "/bureau/"),
    "the administrator": ("nationale@ministere.example", "/bureau/"),
}
EXPLAINED = {
    ("HTTP Secure Headers", ""): "no HSTS without TLS: see `tests/web/test_headers.py`; X-XSS-Protection has left browsers",
    ("Secure Flag cookie", ""): "likewise: without TLS the cookies of the development settings bear neither Secure nor the prefix",
    ("Cross Site Request Forgery", "/langue/"): "it takes no token, and says why; `tests/web/test_requests.py` knows of no other",
}
"""What the scanner finds by the circumstances of the scan, and where → why it is no weakness. SECURITY.md says the same."""


def why_not(kind: str, path: str) -> str | None:
    return EXPLAINED.get((kind, "")) or EXPLAINED.get((kind, path))


def session_of(email: str) -> str:
    """Return the header of a browser in which that person has signed in, with a token against forgery that its forms accept."""
    from referrals.models import User

    cookies = [f"{settings.CSRF_COOKIE_NAME}={secrets.token_hex(16)}"]
    if email:
        browser = Client()
        browser.force_login(User.objects.get(email=email), settings.AUTHENTICATION_BACKENDS[-1])
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}")
    return "; ".join(cookies)


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
                begun = (folder / "web.log").stat().st_size
                findings = scanned(address, who, folder=folder)
                asked = ANSWERED.findall((folder / "web.log").read_text()[begun:])
                print(f"{who}: {len(asked)} requests, {len({route for route, status in asked if status == '200'})} kinds of pages")
                for kind, found in findings.items():
                    for one in found:
                        why = why_not(kind, one["path"])
                        unexplained += why is None
                        print(
                            f"  {kind}: {one['method']} {one['path']} {one['info'][:200]}" + (f" ({why})" if why else ""),
                            flush=True,
                        )
            log = (folder / "web.log").read_text()
            broken = [line for line in log.splitlines() if line.endswith(" 500") or line.startswith("Traceback")]
            print(f"{len(broken)} answers of 5xx while it was scanned", *broken[:5], sep="\n  ")
    return 1 if unexplained or broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
