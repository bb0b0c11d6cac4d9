"""The questions of ``provision new``, in the order of the operator's manual."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from provisioner.cli import readings
from provisioner.cli.asking import NONE, Asker, Read, reads, understood
from provisioner.cli.workplace_table import Row
from provisioner.codes.fields import NothingToPort
from provisioner.codes.policy import (
    LoginOfTwoCustomers,
    NumberNotInThisFile,
    WorkplaceOptionMisspelled,
)
from provisioner.codes.porting import (
    SecondSignatureMissing,
)
from provisioner.codes.telephony import (
    ExtensionGivenTwice,
    LoginGivenTwice,
    NumberAtTwoWorkplaces,
    PositionOutsideTheBlock,
)
from provisioner.errors import PolicyError, ProvisionError
from provisioner.manifest import models
from provisioner.manifest.config import Config
from provisioner.manifest.defaults import NOTHING, Usual
from provisioner.manifest.diagnostics import Diagnostic
from provisioner.manifest.logins import propose_login
from provisioner.manifest.portal import ours_for
from provisioner.manifest.schedule import Schedule, When
from provisioner.telephony.licenses import License, Use, recommended
from provisioner.telephony.numbers import DIGITS, E164, DdiBlock, Numbers, digits_of, number_meant


@dataclass(frozen=True, slots=True)
class Fleet:
    """What others have already."""

    logins: Mapping[str, str]
    """Login, folded → the customer's id."""
    taken: Callable[[Numbers], Diagnostic | None]
    """What stands against a number or a block."""


@dataclass(slots=True)
class Interview:
    """Collects a manifest as text by field.  Findings go to ``ask``; nothing is written."""

    ask: Asker
    config: Config
    fleet: Fleet
    today: date
    customer: str
    logins: set[str] = field(default_factory=set)
    free: list[str] = field(default_factory=list)
    """Numbers that no workplace has yet, as they are named in a question."""
    known: dict[str, Any] = field(default_factory=dict)
    """Number as it is named → what the manifest says."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Numbers in each new block."""
    used: set[str] = field(default_factory=set)
    extensions: set[str] = field(default_factory=set)
    home: str = ""
    """Area code of the contact."""
    table: Sequence[Row] = ()
    """Workplaces from a spreadsheet."""
    usual: Usual = NOTHING
    """What its reseller's manifests leave out."""

    @property
    def _port(self) -> str:
        return self.ask.words.ui("new.id.port")

    def contact(self, company: str) -> dict[str, Any]:
        """R1."""
        found = {"company": company}
        uid = self.ask.text("uid", reads(models.Contact, "uid"), default="")
        if uid:
            found["uid"] = uid
        town: list[str] = []
        found["street"] = self.ask.text("street", reads(models.Contact, "street"))
        found["postcode"] = self.ask.text("postcode", readings.postcode(town))
        city = reads(models.Contact, "city")
        found["city"] = self.ask.text("city", city, default=town[-1] if town else None)
        for name in ("person", "email", "phone"):
            found[name] = self.ask.text(name, reads(models.Contact, name))
        self.home = found["phone"][:3]
        return found

    def subscription(self) -> dict[str, str]:
        """R2."""
        self.ask.heading("subscription")
        first = (self.today.replace(day=1) + timedelta(days=32)).replace(day=1)
        found = {}
        for name, default in (("billing_from", str(first)), ("activate_from", "")):
            found[name] = self.ask.text(name, reads(models.Subscription, name), default=default)
        return {name: value for name, value in found.items() if value}

    def porting(self, active: str) -> list[dict[str, Any]]:
        """R4 to R11; ``active`` is the first day of the PBX, if it was given."""
        self.ask.heading("porting")
        wanted = bool(self.ask.given("port_number") or self.ask.given("port_block"))
        if not wanted and not (self.ask.live and self.ask.yes("port", default=True)):
            return []
        numbers = self._numbers_of_port()
        if not numbers and self.ask.live:
            return []
        found: dict[str, Any] = {"id": self._port, **numbers}
        self.ask.hint("provider")
        provider = self.ask.text("provider", readings.provider, default=models.Porting.UNKNOWN)
        found["provider"] = provider
        internet = self.ask.yes("internet", default=False)
        if internet:
            self.ask.hint("internet")
        advised = models.Scope.PARTIAL if internet else models.Scope.FULL
        found["scope"] = self.ask.choice("scope", list(models.Scope), default=advised)
        found["internet_on_contract"] = str(internet).lower()
        self.ask.hint("other_service")
        others = self.ask.many("other_service", reads(models.Contact, "company"), default="")
        if others:
            found["other_services"] = others
        found["schedule"] = self._schedule(active)
        found["signature"] = self._signature()
        return [found]

    def _numbers_of_port(self) -> dict[str, list[str]]:
        """Empty if there is nothing to port after all."""

        def one(parse: Callable[[str], Numbers]) -> Read:
            def read(text: str) -> str:
                item = parse(text)
                self._refuse_taken(item)
                return digits_of(item)

            return read

        while True:
            self.ask.hint("port_number")
            numbers = self.ask.many("port_number", one(E164.parse), default="")
            blocks = self.ask.many("port_block", one(DdiBlock.parse), default="")
            if numbers or blocks or not self.ask.live:
                break
            self.ask.report(ProvisionError(NothingToPort(porting=self._port)))
            if not self.ask.yes("port", default=False):
                break
        for item in [*numbers, *blocks]:
            self.known[item] = item
            self.free.append(item)
        return {name: found for name, found in (("numbers", numbers), ("blocks", blocks)) if found}

    def _refuse_taken(self, item: Numbers) -> None:
        """R11, over all customers and the operator's own numbers."""
        if found := self.fleet.taken(item):
            raise PolicyError(found.about)

    def _schedule(self, active: str) -> dict[str, str]:
        """R6."""
        canton, _ = self.usual.values.get("canton", (None, ""))
        days = self.config.porting.days().at(canton).arrivals
        dated = self.ask.given("port_date") is not None
        default = When.DATE if dated else When.CONTRACT_END
        when = self.ask.choice("when", list(When), default=default)
        found = {"when": when}
        for name, key in (("contract_ends_on", "contract_ends_on"), ("date", "port_date")):
            if self.ask.given(key) is not None:  # the model refuses what does not fit
                found[name] = str(self.ask.given(key))
        if when == When.ASAP:
            self.ask.hint("asap")
        else:
            name = "contract_ends_on" if when == When.CONTRACT_END else "date"
            key = name if name == "contract_ends_on" else "port_date"
            found[name] = self.ask.text(key, readings.port_day(name, days, active, self._port))
        found["time"] = self.ask.text("port_time", reads(Schedule, "time"), default="09:00")
        return found

    def _signature(self) -> dict[str, Any]:
        """R4."""
        self.ask.hint("signatory")
        authority = self.ask.choice(
            "authority", list(models.Authority), default=models.Authority.SINGLE
        )
        while True:
            alone = authority == models.Authority.SINGLE
            names = self.ask.many("signatory", reads(models.Contact, "person"), and_too=not alone)
            enough = len(names) > 1 or alone
            if enough or not names:
                break
            self.ask.report(
                ProvisionError(SecondSignatureMissing(porting=self._port, count=len(names)))
            )
            if not self.ask.live:
                break
        return {"authority": authority, "signatories": names}

    def new_numbers(self) -> list[dict[str, Any]]:
        """R3."""
        self.ask.heading("numbers")
        found: list[dict[str, Any]] = []
        areas = sorted({block.area for block in self.config.numbers.stock})
        mine = {number[:3] for number in self.known if number[:1] == "0"}
        likely = [*sorted(mine), self.home, *(b.area for b in self.config.numbers.stock)]
        default = next((area for area in likely if area in areas), "")
        if self.ask.live and areas:
            self.ask.hint("new_number", areas=", ".join(areas))
        proposal = default if self.ask.live and not self.known else ""
        for at, area in enumerate(
            self.ask.many("new_number", readings.area(areas), default=proposal)
        ):
            name = f"{self.ask.words.ui('new.id.number')}-{at + 1}" if at else ""
            found.append({"id": name or self.ask.words.ui("new.id.first"), "area": area})
        for at, sized in enumerate(
            self.ask.many("new_block", readings.sized(self.config.numbers.stock), default="")
        ):
            area, _, size = sized.partition(":")
            found.append({"id": f"ddi-{at + 1}" if at else "ddi", "area": area, "block": size})
        for number in found:
            self.known[number["id"]] = {"stock": number["id"]}
            self.free.append(number["id"])
            self.sizes[number["id"]] = int(number.get("block", 1))
        return found

    def workplaces(self, person: str) -> list[dict[str, Any]]:
        """R15 and R17."""
        self.ask.heading("workplaces")
        found = [self._made(row.cells, row) for row in self.table]
        found += map(self._described, self.ask.given("workplace") or ())
        if found:
            return found
        if not self.ask.live:
            self.ask.text("workplace", str)  # says that it is missing
            return []
        while True:
            key, proposal = ("workplace", "") if found else ("first_workplace", person)
            name = self.ask.text(key, reads(models.Workplace, "name"), default=proposal)
            if not name:
                if self.free:
                    self.ask.hint("left", numbers=", ".join(self.free))
                return found
            found.append(self._asked(name))

    def _asked(self, name: str) -> dict[str, Any]:
        likely = ours_for(name.split(maxsplit=1)[0], list(Use)) or Use.DESK
        use = self.ask.choice("use", list(Use), default=likely)
        advised = self._advised(Use(use))
        license = self.ask.choice("license", list(License), default=advised)  # noqa: A001 - the field
        login = self.ask.text("login", self._login, default=self._proposal(name))
        self.logins.add(login.lower())
        made = {"login": login, "name": name, "license": license, "use": use}
        if self.free or self.known:
            shown = ", ".join(self.free or self.known)
            self.ask.hint("number", numbers=shown)
            for block, line in self._lines_of_blocks():
                self.ask.hint("line", block=block, line=line)
            number = self.ask.text(
                "number", self._number, default=self.free[0] if self.free else NONE
            )
            self._take(number, made)
        return made

    def _lines_of_blocks(self) -> Iterator[tuple[str, str]]:
        """A free block, and how a single number of it is written."""
        for each in self.free:
            if each.isdecimal() and len(each) < DIGITS:
                yield each, each + "1".zfill(DIGITS - len(each))
            elif self.sizes.get(each, 1) > 1:
                yield each, f"{each}/1"

    def _described(self, text: str) -> dict[str, Any]:
        """``Fax,use=fax,number=0525551201``."""
        name, *details = [part.strip() for part in text.split(",")]
        given = dict(detail.partition("=")[::2] for detail in details)
        if name and given.keys() <= {"use", "login", "license", "number", "extension"}:
            return self._made({"name": name, **given})
        self.ask.report(PolicyError(WorkplaceOptionMisspelled(found=text)))
        return {"name": name}

    def _made(self, given: Mapping[str, str], row: Row | None = None) -> dict[str, Any]:
        """A workplace as somebody described it; the rest is as it usually is."""
        made: dict[str, Any] = {}

        def one(field: str, read: Read, default: str | None) -> bool:
            text = given.get(field, default)
            if text is None:
                return False
            try:
                made[field] = understood(text, read)
            except ProvisionError as error:
                self.ask.report(error, row.place(field) if row else None)
                return False
            return True

        one("name", reads(models.Workplace, "name"), "")
        one("use", readings.ours(list(Use)), Use.DESK)
        advised = self._advised(Use(made.get("use", Use.DESK)))
        one("license", readings.ours(list(License)), advised)
        if one("login", self._login, self._proposal(made["name"]) if "name" in made else None):
            self.logins.add(made["login"].lower())
        if one("extension", self._extension, None):
            self.extensions.add(made["extension"])
        # an empty cell below a title is an answer, a column that is missing is none
        asked = row is not None and "number" in row.columns
        number = NONE if asked or not self.free else self.free[0]
        if one("number", self._number, number):
            self._take(made.pop("number"), made)
        return made

    def _advised(self, use: Use) -> License:
        """The reseller's usual one, but for a fax and the like, which has no app."""
        usual, _ = self.usual.values.get("license", (None, ""))
        best = recommended(use)
        return best if best is License.PHONES else usual or best or License.PHONES

    def _take(self, number: str, made: dict[str, Any]) -> None:
        if number != NONE:
            made["number"] = self._meant(number)
            self.used.add(number)
            if number in self.free:
                self.free.remove(number)

    def _proposal(self, name: str) -> str:
        return propose_login(name, {*self.fleet.logins, *self.logins}, suffix=self.customer)

    def _login(self, text: str) -> str:
        login = reads(models.Workplace, "login")(text)
        if login.lower() in self.logins:
            raise ProvisionError(LoginGivenTwice(login=login))
        if login.lower() in self.fleet.logins:
            raise PolicyError(
                LoginOfTwoCustomers(login=login, customer=self.fleet.logins[login.lower()])
            )
        return login

    def _extension(self, text: str) -> str:
        extension = reads(models.Workplace, "extension")(text)
        if extension in self.extensions:
            raise ProvisionError(ExtensionGivenTwice(extension=extension))
        return extension

    def _number(self, text: str) -> str:
        named = next((each for each in self.known if each.casefold() == text.casefold()), text)
        text = number_meant(text) or named
        if text != NONE and self._meant(text) is None:
            raise PolicyError(NumberNotInThisFile(found=text, known=", ".join(self.known)))
        if text in self.used:
            raise ProvisionError(NumberAtTwoWorkplaces(number=text))
        return text

    def _meant(self, text: str) -> Any:
        """What the manifest says for a number as it is named: an id, ``ddi/11``, digits."""
        if text in self.known:
            return self.known[text]
        name, _, line = text.partition("/")
        if line.isdecimal() and name in self.sizes:
            if int(line) >= self.sizes[name]:
                raise ProvisionError(
                    PositionOutsideTheBlock(found=int(line), size=self.sizes[name])
                )
            return {"stock": name, "line": line}
        inside = (known for known in self.known if len(known) < 10 and known[:1] == "0")
        if len(text) == 10 and text.isdecimal() and any(text.startswith(b) for b in inside):
            return text
        return None

    def people(self) -> Iterator[tuple[str, dict[str, str]]]:
        """R14: the reseller's own access, unless all its customers have one by a pattern."""
        if "support_login" in self.usual.values and self.ask.given("support_login") is None:
            return
        self.ask.heading("support")
        stem = self.customer.replace("-", ".")
        proposal = propose_login(f"{stem[:40]}.support", {*self.fleet.logins, *self.logins})
        login = self.ask.text(
            "support_login",
            lambda text: text if text == NONE else self._login(text),
            default=proposal,
        )
        if login not in {NONE, ""}:
            yield "support_login", {"login": login}
