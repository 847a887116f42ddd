"""GET /v1/admin/guards on a real server."""

import aiohttp


async def test_an_administrator_reads_which_guards_are_in_force(http: aiohttp.ClientSession) -> None:
    async with http.get("/v1/admin/guards") as response:
        assert response.status == 200
        found = await response.json()
    kinds = {row["kind"]: row for row in found["personal_data"]["kinds"]}
    card = {"kind": "card", "called": "a card number", "input": "mask", "output": "mask", "unmask": False}
    assert kinds["card"] == card
    assert (kinds["email"]["input"], kinds["email"]["unmask"]) == ("allow", True)
    assert found["injection"]["user"] == "block"
    assert found["leakage"]["enabled"] is True
