"""Makes sure that there is a browser for the end-to-end tests: Debian's Chromium, installed when we may.

Where it cannot be installed the tests that need it skip with a message, and this says so.
"""

import os
import shutil
import subprocess

NAMES = ("chromium", "chromium-browser", "google-chrome")


def main() -> None:
    """Install Chromium on Debian as root; otherwise only say what is missing."""
    if any(map(shutil.which, NAMES)):
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            done = subprocess.run(["apt-get", *command], env=environment, capture_output=True, check=False)
            if done.returncode:
                break
    if not any(map(shutil.which, NAMES)):
        print("no Chromium here: the browser tests will be skipped (on Debian: apt-get install chromium)")


if __name__ == "__main__":
    main()
