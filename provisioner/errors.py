"""What can go wrong, as one small tree.

    ProvisionError            a code and its parameters
    ├── InputError            what a person wrote is wrong (PV0xx to PV4xx); carries diagnostics
    ├── WrongFile             named on the command line, and not there or not to be read (PV0xx)
    ├── PolicyError           refused by a rule of the operator (PV4xx)
    ├── SystemFault           a live system (PV5xx)
    │   ├── Unavailable       nothing was read or written: the state is unknown, not empty
    │   ├── OutcomeUnknown    sent, but no answer came: look the object up before trying again
    │   └── Refused           the system said no, for good
    ├── NotApproved           the plan is not the approved one
    └── Locked                another run holds the customer

An error carries no sentence, but what it is about: a class of the room ``codes``.
"""

from collections.abc import Mapping

from provisioner.codes import Code


class ProvisionError(Exception):
    """Base of all errors that this package raises on purpose."""

    exit_code = 1

    def __init__(self, about: Code) -> None:
        super().__init__(about)
        self.about = about

    @property
    def code(self) -> str:
        return self.about.code

    @property
    def params(self) -> Mapping[str, str | int]:
        return self.about.params

    def says(self, *kinds: type[Code]) -> bool:
        """Whether it is about one of these."""
        return isinstance(self.about, kinds)


class WrongFile(ProvisionError):
    """A file that the command line names is not there, is none, or cannot be read: wrong usage."""

    exit_code = 64


class PolicyError(ProvisionError):
    """A rule of the operator forbids it."""

    exit_code = 3


class SystemFault(ProvisionError):
    """A live system failed or answered what it must not."""


class Unavailable(SystemFault):
    """Not reachable, not ready, or its answer was not whole: what it holds is unknown."""


class OutcomeUnknown(SystemFault):
    """The call was sent and no answer came: it may have been carried out."""


class Refused(SystemFault):
    """The system understood the call and said no; trying again gives the same answer."""


class NotApproved(ProvisionError):
    """The plan made now is neither the approved one nor a part of it."""

    exit_code = 4


class Locked(ProvisionError):
    """Another run holds the lease of this customer."""

    exit_code = 6
