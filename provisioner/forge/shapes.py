"""What both forges' answers are made of, as strictly as it is relied on."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Sha = Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")]
Number = Annotated[int, Field(ge=1, lt=2**63)]
Name = Annotated[str, StringConstraints(max_length=1000)]


class Shape(BaseModel):
    """Only what is read; what else there is may change at any time."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
