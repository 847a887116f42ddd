import json

import pytest

from answerable.agents.tools import json_query
from answerable.agents.tools.base.services import Caller
from answerable.core.errors import ToolFailed
from tests.data.tool_samples import services

DATA = '{"items": [{"name": "a", "price": 2}, {"name": "b", "price": 3.5}], "odd key": {"x": true}, "none": null}'


async def ask(path: str, text: str = DATA, file: str = "") -> str:
    tool = json_query.build(json_query.Config(), services())
    return await tool.run(json.dumps({"path": path, "text": text, "file": file}), Caller(collection="c"))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("items[0].name", '"a"'),
        ("items[-1].price", "3.5"),
        ("items[*].price", "2 values; sum 5.5, smallest 2, largest 3.5\n[2,3.5]"),
        ('["odd key"].x', "true"),
        ("[*]", None),
        ("none", "null"),
        ("", "an object with the keys items, odd key, none\n" + json.dumps(json.loads(DATA), separators=(",", ":"))),
    ],
)
async def test_a_path_leads_to_values(path: str, found: str | None) -> None:
    text = await ask(path)
    assert found is None or text == found


@pytest.mark.parametrize(
    ("path", "text", "file", "says"),
    [
        ("items[9]", DATA, "", "leads nowhere; at the top there is an object with the keys items"),
        ("items..", DATA, "", "cannot be read at"),
        ("a", "{", "", "this is not valid JSON"),
        ("a", "", "", "give JSON in text, or the name of a file"),
        ("a", "", "../etc/passwd", "there is no file"),
    ],
)
async def test_what_cannot_be_followed_is_said(path: str, text: str, file: str, says: str) -> None:
    with pytest.raises(ToolFailed, match=says):
        await ask(path, text, file)
