"""What both clients have in common."""

from datetime import datetime

from provisioner.codes.forge import ForgeKeptAnotherText, ForgeProjectIsAnother
from provisioner.errors import Refused
from provisioner.forge.texts import same
from provisioner.forge.transport import Call, Transport


class Client:
    """One project on one forge."""

    def __init__(self, project: int, recorder: int, transport: Transport) -> None:
        self.project = project
        self._recorder = recorder
        self._transport = transport

    def close(self) -> None:
        self._transport.close()

    @property
    def target(self) -> str:
        """The forge's name and host, for people."""
        return self._transport.target

    def clock(self) -> datetime | None:
        return self._transport.clock()

    def only_ours(self, found: int) -> None:
        """Raises Refused PV734."""
        if found != self.project:
            raise Refused(
                ForgeProjectIsAnother(target=self.target, expected=self.project, found=found)
            )

    def kept(self, call: Call, sent: str, found: str) -> None:
        """Raises Refused PV733: a forge may answer that all is well and keep the old text, or take
        out lines that are commands to it."""
        if not same(sent, found):
            raise Refused(ForgeKeptAnotherText(target=self.target, what=call.what))
