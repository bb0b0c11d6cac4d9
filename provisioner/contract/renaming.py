"""What a PBX and a desk do when a login or a customer gets another name: part of their Protocols.

Each call can be repeated, and ends what one that died has begun.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from provisioner.contract.resources import Release, Workplace
from provisioner.telephony.identity import CustomerId


class RenamingPbx(Protocol):
    """Part of ``Pbx``."""

    def rename_login(self, workplace: Workplace, *, was: str, secret: str | None, key: str) -> None:
        """The workplace ``was`` becomes ``workplace``, under its new login, with ``secret``.

        Declared fields are written, all others go along, whoever set them (R16), and whatever led
        to the old login leads to the new one.  The new one works before a number is turned to it,
        the old one goes last, and as long as it is there ``read`` tells of the old one alone.  Fine
        if it is done already; a call that died is finished by the next.
        Refused PV512 if either is someone else's, PV513 if the new login is taken.
        """
        ...

    def rename_customer(
        self, was: CustomerId, customer: CustomerId, *, secrets: Mapping[str, str], key: str
    ) -> None:
        """Everything in the tenant ``was`` becomes ``customer``'s, fields of others too (R16).

        ``secrets`` are new passwords by login; a phone's old one may not work any more.  Numbers
        ring all the time.  The old tenant itself goes last; until then ``read`` may tell of an
        object under both ids.  Fine if it is done already; a call that died is finished by the
        next.
        Refused PV512 if something there is without our mark, PV518 if ``customer`` has other
        objects than those of a rename that died.
        """
        ...


class RenamingDesk(Protocol):
    """Part of ``Desk``."""

    def rename_login(
        self, customer: CustomerId, *, was: str, login: str, today: date, key: str
    ) -> None:
        """The workplace ``was`` is billed as ``login``, without a gap and without a day twice.

        From the first of the month on, so that past bills stay as they were.  What is noted as
        applied of it goes along.  Fine if there is nothing.  Refused PV519 if ``login`` is billed.
        """
        ...

    def rename_customer(
        self, release: Release, *, was: CustomerId, at: datetime, who: str, key: str
    ) -> None:
        """All that the desk holds for ``was`` is the customer's of ``release``, and it is released.

        In one transaction: numbers, those in quarantine too, orders with everything that the donor
        knows them by, the ledger, what is noted as applied, and the audit, which tells of it.  Runs
        of ``was`` end.  Fine if nothing is left of it.  Refused PV519 if the desk knows the new id.
        """
        ...
