"""A labelled set of three short documents, small enough to be measured in a test."""

import json
from pathlib import Path

TEXTS = {
    "reset": "To reset the television, hold the power button for ten seconds until the red light blinks.",
    "warranty": "The warranty of the television lasts two years. It does not cover water damage.",
    "remote": "The remote control of the television needs two AA batteries.",
}
ASKED = {
    "reset": "How do I reset the television?",
    "warranty": "How long does the warranty of the television last?",
    "remote": "Which batteries does the remote control need?",
}


def write_set(folder: Path) -> Path:
    """The set as files in a new folder; returns it."""
    folder.mkdir()
    rows: dict[str, list[dict[str, object]]] = {
        "corpus": [{"id": one, "title": one.title(), "text": text} for one, text in TEXTS.items()],
        "queries": [{"id": f"q-{one}", "text": text, "answer": TEXTS[one]} for one, text in ASKED.items()],
        "qrels": [{"query_id": f"q-{one}", "doc_id": one, "relevance": 1} for one in ASKED],
    }
    for name, found in rows.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in found), "utf-8")
    return folder
