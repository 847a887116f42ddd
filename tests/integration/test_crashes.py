"""Killed at random moments, the program loses nothing and damages nothing. (Fifty kills: `make bench`.)"""

import json
import subprocess
import sys
from pathlib import Path

_SCRIPT = Path(__file__).parents[2] / "bench" / "crashes.py"


def test_six_kills_lose_nothing_and_damage_nothing(tmp_path: Path) -> None:
    command = [sys.executable, str(_SCRIPT), "--kills", "6", "--json", str(tmp_path / "found.json")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["errors"] == []
    assert sum(found["killed_during"].values()) == 6
    assert found["changes"] > 0
