"""GET /v1/admin/models on a real server."""

import aiohttp


async def test_an_administrator_reads_prices_breakers_and_routes_of_all_models(http: aiohttp.ClientSession) -> None:
    async with http.get("/v1/admin/models") as response:
        assert response.status == 200
        found = {row["name"]: row for row in (await response.json())["data"]}
    assert next(iter(found)) == "extractive"
    assert found["extractive"]["price"] | {"known": True, "free": True} == found["extractive"]["price"]
    assert found["fluent"]["price"]["known"] is False
    assert found["fluent"]["breaker"] == {"state": "closed", "retry_after_s": 0.0, "retry_at": None}
    assert (found["fluent"]["routes"], found["fluent"]["usable"]) == (["auto"], True)
    assert found["all-MiniLM-L6-v2"]["kind"] == "embedding"
