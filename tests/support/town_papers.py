"""A small library about a town that does not exist: two of its papers disagree, one has nothing to do with the others.

Written for these tests; nothing in it is from anywhere else.
"""

from pathlib import Path

from answerable.flows.ingest import GivenText

FOLDER = Path(__file__).parents[1] / "data" / "town"
TOPIC = "The ferry of Alder Bay: timetable, fares, history and costs"


def _paper(path: Path) -> GivenText:
    text = path.read_text("utf-8")
    return GivenText(path.name, text.splitlines()[0].removeprefix("# "), text)


PAPERS = tuple(map(_paper, sorted(FOLDER.glob("*.md"))))
