import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest


@pytest.fixture
def file(tmp_path: Path) -> Callable[[Sequence[object]], Path]:
    """Writes labelled rows as `answerable evaluate PART FILE` reads them."""

    def write(found: Sequence[object]) -> Path:
        path = tmp_path / "rows.jsonl.gz"
        with gzip.open(path, "wt", encoding="utf-8") as lines:
            lines.writelines(f"{json.dumps(one)}\n" for one in found)
        return path

    return write
