"""Desk phones that are configured by their MAC address: PV8xx, and the spelling of that address."""

from provisioner.codes import Advice, Fault


class MacMisspelled(Fault, code="PV296"):
    found: str
    suggestion: str


class MacOfNoPhone(Fault, code="PV297"):
    found: str


class NoKeyOfTheWebHost(Fault, code="PV800"):
    pass


class NoAddressOfARegistrar(Fault, code="PV801"):
    found: str


class NoAddressForPhones(Fault, code="PV802"):
    found: str


class ResellerIsCalledPhones(Fault, code="PV803"):
    pass


class PhoneGivenTwice(Fault, code="PV804"):
    mac: str


class PhoneOfTwoCustomers(Fault, code="PV805"):
    customer: str
    mac: str


class MacOfAnotherMaker(Advice, code="PV806"):
    login: str
    mac: str
    maker: str


class NoPlaceForADeskPhone(Advice, code="PV807"):
    login: str
    use: str


class PhonesAreNotConfigured(Advice, code="PV808"):
    pass


class PhoneIsAtAnotherCustomer(Fault, code="PV809"):
    customer: str
    mac: str
