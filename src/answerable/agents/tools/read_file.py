"""Documents of the collection, read part by part. Names go to the document store; none ever touches a disk."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from answerable.agents.tools.base.parts import part_of
from answerable.agents.tools.base.services import Caller, Services
from answerable.agents.tools.base.tool import Tool, ToolConfig, Traits
from answerable.core.errors import ToolFailed

_LISTED = 100


@dataclass(frozen=True, slots=True)
class Config(ToolConfig):
    """No settings of its own."""

    max_characters: int = 12_000


def build(config: Config, services: Services) -> Tool:
    """The reader of documents."""

    async def read_file(
        caller: Caller,
        name: Annotated[str, Field(max_length=500, description="File name, source or id; empty lists the files")] = "",
        part: Annotated[int, Field(ge=1, le=100_000, description="Which part of a long file")] = 1,
        find: Annotated[str, Field(max_length=200, description="Begin at the first place that holds this text")] = "",
    ) -> str:
        """Read a file of this conversation's collection as text, or list its files when no name is given.

        Long files come in parts. To find a passage by meaning, knowledge_search is better.
        """
        if services.files is None or caller.collection is None:
            raise ToolFailed("no collection of files belongs to this conversation; answer without one")
        if not name.strip():
            entries = await services.files.list(caller.collection, caller.principal)
            lines = [f"{one.name} ({one.media_type}, {one.characters:,} characters)" for one in entries[:_LISTED]]
            more = [f"... and {len(entries) - _LISTED:,} more"] if len(entries) > _LISTED else []
            return "\n".join([f"{len(entries)} files in '{caller.collection}':", *lines, *more])
        file = await services.files.read(caller.collection, name.strip(), caller.principal)
        return part_of(f"{file.title} ({file.name})", file.text, part, find, config.max_characters)

    missing = "" if services.files else "this program has no document store"
    return Tool("read_file", read_file, config, Traits(missing=missing, needs_documents=True))
