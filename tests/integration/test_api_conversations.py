"""/v1/conversations and what hangs on it, asked over HTTP."""

import io
import json
import zipfile
from typing import Any

import pytest

from answerable.storage.conversations import insert_conversation
from answerable.storage.messages import insert_messages
from tests.attacks.conftest import guarded as guarded
from tests.support.guarded import Guarded
from tests.support.talks import conversation, dialogue, message

ROOT = "/v1/conversations"


class Talks:
    """What one person does; `put` stores what somebody else would have said."""

    def __init__(self, guarded: Guarded, who: str) -> None:
        self.guarded = guarded
        self.who = who

    async def __call__(self, method: str, path: str, status: int = 200, **more: Any) -> Any:
        found, body = await self.guarded.call(self.who, method, ROOT + path, **more)
        assert found == status, body
        return body
