"""Makes sure that there is a promtool for the tests of the alert rules: Debian's, unpacked beside our own programs.

Where it cannot be had the tests that need it skip with a message, and this says so.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path


def main(environment: Path) -> None:
    """Unpack promtool from Debian's package `prometheus`; its server is neither installed nor started."""
    wanted = environment / "bin" / "promtool"
    if wanted.is_file() or shutil.which("promtool"):
        return
    if shutil.which("apt-get") and shutil.which("dpkg-deb"):
        with tempfile.TemporaryDirectory() as folder:
            found = _unpacked(Path(folder))
            if found is not None:
                shutil.copy(found, wanted)
                return
    print("no promtool here: the alert rules will not be tested (on Debian: apt-get install prometheus)")


def _unpacked(folder: Path) -> Path | None:
    package = _downloaded(folder)
    if package is None:
        subprocess.run(["apt-get", "-qq", "update"], capture_output=True, check=False)  # the list was missing or old
        package = _downloaded(folder)
    if package is None:
        return None
    subprocess.run(["dpkg-deb", "-x", package, folder / "unpacked"], capture_output=True, check=False)
    promtool = folder / "unpacked" / "usr" / "bin" / "promtool"
    return promtool if promtool.is_file() else None


def _downloaded(folder: Path) -> Path | None:
    subprocess.run(["apt-get", "-qq", "download", "prometheus"], cwd=folder, capture_output=True, check=False)
    return next(folder.glob("prometheus_*.deb"), None)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
