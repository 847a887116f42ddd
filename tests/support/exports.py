"""What others export, in small: ChatGPT's conversations.json, and files that are wrong in one way each."""

import io
import json
import zipfile
from typing import Any

BEGAN = 1_700_000_000.25


def node(id_: str, parent: str | None, role: str = "user", text: str = "", **more: Any) -> dict[str, Any]:
    """A node of `mapping`; `more` goes into the message."""
    message = {
        "id": id_,
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": BEGAN + len(id_),
        "content": {"content_type": "text", "parts": [text]},
        "status": "finished_successfully",
        "metadata": {"model_slug": "gpt-4o"} if role == "assistant" else {},
        "recipient": "all",
    }
    return {"id": id_, "message": message | more, "parent": parent, "children": []}


def chatgpt(id_: str = "c1", *nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A conversation: hidden root and system message, then `nodes`, else a question with two answers."""
    root = {"id": "root", "message": None, "parent": None, "children": ["sys"]}
    hidden = node("sys", "root", "system", "", metadata={"is_visually_hidden_from_conversation": True})
    given = nodes or (
        node("q", "sys", "user", "Why is the sky blue?"),
        node("a1", "q", "assistant", "Because of Rayleigh \ue200cite\ue202turn0search1\ue201scattering."),
        node("a2x", "q", "assistant", "Another answer."),
    )
    mapping = {one["id"]: one for one in (root, hidden, *given)}
    about = {"id": id_, "conversation_id": id_, "title": "Sky", "create_time": BEGAN, "update_time": BEGAN + 9}
    return about | {"mapping": mapping, "current_node": given[1]["id"] if len(given) > 1 else given[0]["id"]} | more


def as_json(value: Any) -> io.BytesIO:
    return io.BytesIO(json.dumps(value).encode())


def as_zip(**files: Any) -> io.BytesIO:
    """A zip of JSON files; `__` in a name is a slash, an ending is added."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, value in files.items():
            data = value if isinstance(value, bytes) else json.dumps(value).encode()
            package.writestr(f"{name.replace('__', '/')}.json", data)
    packed.seek(0)
    return packed
