"""`python -m config.audit requirements.lock`: does a library we pin have a known weakness? Part of `make check`.

pip-audit asks the package index for what is known of each pin. Fails on a weakness, and on an answer it does not understand. Where
the index does not answer, or knows nothing of weaknesses (a mirror may not), says so in one line and passes: a machine without a
network must still be able to check the rest.
"""

import json
import subprocess
import sys
from typing import Any

NOT_ASKED = "could not be audited"
"""What pip-audit says of a pin that the service knows nothing about."""


def verdict(answer: dict[str, Any]) -> tuple[int, list[str]]:
    """Return the exit code and the lines for pip-audit's JSON. Raises KeyError for an answer of another form."""
    pins = answer["dependencies"]
    weak = [pin for pin in pins if pin.get("vulns")]
    unknown = [pin["name"] for pin in pins if NOT_ASKED in pin.get("skip_reason", "")]
    lines = [f"{pin['name']} {pin['version']}: {', '.join(_named(one) for one in pin['vulns'])}" for pin in weak]
    if not pins:
        return 1, ["AUDIT: nothing was audited; is this a lock file?"]
    if unknown:
        some = ", ".join(unknown[:3])
        lines.append(f"AUDIT: {len(unknown)} of {len(pins)} pins COULD NOT BE ASKED about ({some}…): nothing is known of them.")
    return (1 if weak else 0), lines or [f"AUDIT: {len(pins)} pins, no known weakness."]


def _named(weakness: dict[str, Any]) -> str:
    cure = weakness.get("fix_versions") or ["no version yet"]
    return f"{weakness['id']} (cured by {', '.join(cure)})"


def main(locks: list[str]) -> int:
    code = 0
    for lock in locks:
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "--requirement",
            lock,
            "--disable-pip",
            "--format",
            "json",
            "--progress-spinner",
            "off",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- every word is ours
        if not done.stdout.strip():
            reason = (done.stderr.strip().splitlines() or ["no word"])[-1]
            print(f"AUDIT: THE SERVICE COULD NOT BE ASKED about {lock}: {reason[:200]}")
            code = max(code, 0 if "Connection" in done.stderr or "timed out" in done.stderr.lower() else 1)
            continue
        found, lines = verdict(json.loads(done.stdout))
        print("\n".join(lines))
        code = max(code, found)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
