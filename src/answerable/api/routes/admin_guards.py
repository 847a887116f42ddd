"""/v1/admin/guards: which guards are in force, as `policies.toml` sets them; nothing of what they found."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request

from answerable.api.access import Guarded, allow
from answerable.api.dependencies import platform
from answerable.gateway.guards.pipeline import CALLED, PersonalData

router = APIRouter(tags=["administration"], route_class=Guarded)


@router.get("/v1/admin/guards")
@allow("admin.settings")
async def show_guards(request: Request) -> dict[str, Any]:
    """The guards in the order of `policies.toml`. They are changed in that file, and hold from the next start on."""
    config = platform(request).guards.config
    return {
        "object": "guards",
        "personal_data": _personal_data_json(config.personal_data),
        "injection": asdict(config.injection),
        "leakage": asdict(config.leakage),
        "topics": {"enabled": config.topics.enabled, "similarity": config.topics.similarity},
    }


def _personal_data_json(policy: PersonalData) -> dict[str, Any]:
    incoming, outgoing = asdict(policy.input), asdict(policy.output)
    kinds = [
        {
            "kind": kind,
            "called": words,
            "input": incoming[kind],
            "output": outgoing[kind],
            "unmask": kind in policy.unmask,
        }
        for kind, words in CALLED.items()
    ]
    return {"enabled": policy.enabled, "kinds": kinds}
