"""What a conversation asks of every answer in it; unknown keys are refused."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=200)]


class ConversationSettings(BaseModel):
    """The fields are those of a chat request; `instructions` stand before the first message."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    model: Name | None = None
    collection: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    as_of: Annotated[str, Field(max_length=40)] | None = None
    filter: Annotated[dict[str, Any], Field(max_length=50)] | Annotated[str, Field(max_length=2_000)] | None = None
    instructions: Annotated[str, Field(max_length=20_000)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    answerable_tools: Annotated[list[Name], Field(max_length=50)] | Literal["auto"] | None = None

    def stored(self) -> dict[str, Any]:
        """What was given, as it is kept with the conversation."""
        return self.model_dump(exclude_none=True)
