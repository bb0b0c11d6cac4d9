"""PV040 to PV049: configuration files of phones, on the web host."""

from provisioner.codes import Caution, Fault


class NoPasswordForThePhone(Fault, code="PV040"):
    place: str
    file: str


class PhoneInTwoPlaces(Fault, code="PV041"):
    mac: str
    places: str


class ForeignFileInTheWay(Fault, code="PV042"):
    file: str


class ListOfPhoneFilesIsDamaged(Fault, code="PV043"):
    file: str


class NotWritableForThePhone(Fault, code="PV044"):
    place: str
    field: str
    maker: str


class PhoneNotKnownHere(Fault, code="PV045"):
    place: str


class PhonesNotInTheHandOver(Caution, code="PV046"):
    count: int
    places: str
    file: str


class NoPhonesConfigured(Fault, code="PV047"):
    pass


class NotAHandOverOfPhones(Fault, code="PV048"):
    file: str


class HandOverOfPhonesIsDamaged(Fault, code="PV049"):
    file: str
    count: int
    line: int
