"""A line of the log, as JSON: published as ``schemas/log.schema.json``.

No name, no login, no number and no word of a message is in it.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from provisioner.codes.internal import InternalError
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.operations.observing import Doing, What


class LogLine(BaseModel):
    """Something that has ended, a finding, or (``begun``) the beginning of a run.

    Readers ignore keys that they do not know.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    time: str = Field(json_schema_extra={"format": "date-time"})
    """When it was written, in UTC."""
    run: str
    """Of all lines of one command the same: 32 hexadecimal digits, the trace's too."""
    command: str
    """As ``provision apply``."""
    what: Literal["run", "plan", "customer", "step", "call", "finding"]
    """``run``: the command as a whole.  ``call``: one of the PBX or the desk, as the driver's
    contract names it."""
    customer: str | None = None
    """Its id."""
    journal: str | None = None
    """The name by which the desk's journal knows the run of this customer."""
    step: str | None = None
    """Kind and action: ``workplace:create``."""
    position: int | None = None
    """Of the step among those of its customer in this run, from 1."""
    system: Literal["pbx", "desk"] | None = None
    """Whose call or step it is."""
    call: str | None = None
    """As ``put``; ``.next`` behind it: the reading of what it answered, piece by piece."""
    kind: str | None = None
    """Of what the call was about: ``workplace``."""
    count: int | None = None
    """Steps of a plan; customers of a call that is about several."""
    duration_ms: float | None = None
    """How long it took, in milliseconds."""
    outcome: str | None = None
    """``done``, ``unchanged``, ``braked``, ``refused``, ``locked``, ``unavailable``, ``unknown``
    (no answer came), ``failed``, ``interrupted``, ``broken-off``; ``begun`` at the beginning."""
    codes: tuple[str, ...] | None = None
    """Why it ended so: ``provision explain`` tells of each."""
    severity: Literal["error", "warning", "question", "advice"] | None = None
    """Of a finding."""
    place: str | None = None
    """Of a finding: file, line and column."""
    exit_code: int | None = None
    """Of the command, once it has ended."""

    @classmethod
    def begun(cls, **about: object) -> Self:
        return cls.model_validate({**about, "what": "run", "outcome": "begun"})

    @classmethod
    def ended(cls, doing: Doing, exit_code: int | None, **about: object) -> Self:
        around = [*doing.around()]
        step = next((each for each in around if each.what is What.STEP), None)
        return cls.model_validate(
            {
                **about,
                "what": str(doing.what),
                "customer": next((each.customer for each in around if each.customer), None),
                "journal": next((each.journal for each in around if each.journal), None),
                "step": step and step.name,
                "position": step and step.position,
                "system": doing.system or None,
                "call": doing.name if doing.what is What.CALL else None,
                "kind": doing.kind or None,
                "count": doing.count or None,
                "duration_ms": round(doing.seconds * 1000, 3),
                "outcome": doing.outcome,
                "codes": doing.codes or None,
                "exit_code": exit_code if doing.what is What.RUN else None,
            }
        )

    @classmethod
    def finding(cls, found: Diagnostic, **about: object) -> Self:
        """Its code says what it is; the words that go with it may name somebody, and so may what
        other codes than that of a mistake of ours call a place."""
        ours = found.code == InternalError.code
        place = found.place or (found.params.get("place") if ours else None)
        return cls.model_validate(
            {
                **about,
                "what": "finding",
                "customer": found.customer,
                "codes": (found.code,),
                "severity": str(found.severity),
                # a file's name may be no text, and JSON is nothing else
                "place": str(place).encode("utf-8", "replace").decode() if place else None,
            }
        )

    def written(self) -> str:
        """The line, without what is not said."""
        return self.model_dump_json(exclude_none=True) + "\n"
