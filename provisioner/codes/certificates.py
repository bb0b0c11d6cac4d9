"""PV65x, PV69x and PV83x: the certificate with which a PBX speaks TLS, and its ports."""

from provisioner.codes import Caution, Fault, LiveFault


class NoTLSInTheConfiguration(Fault, code="PV652"):
    folder: str


class PairInUseIsALink(Fault, code="PV653"):
    file: str


class NewCertificateIsNotServed(LiveFault, code="PV654"):
    address: str


class ChainMayBeMissing(Caution, code="PV657"):
    file: str


class NameIsNotServed(Caution, code="PV658"):
    address: str
    name: str


class NoSuchTransport(LiveFault, code="PV659"):
    node: str
    there: str
    transport: str


class TLSPortDoesNotAnswer(LiveFault, code="PV695"):
    address: str
    reason: str


class OldTLSIsSpoken(LiveFault, code="PV696"):
    address: str
    found: str


class AnotherCertificateIsServed(LiveFault, code="PV697"):
    address: str
    file: str


class FolderOfAnotherPBX(Fault, code="PV698"):
    folder: str
    url: str


class NeitherCertificateIsServed(LiveFault, code="PV699"):
    address: str


class NoCertificateInTheFile(Fault, code="PV830"):
    file: str


class NoPrivateKeyInTheFile(Fault, code="PV831"):
    file: str


class PrivateKeyHasAPassphrase(Fault, code="PV832"):
    file: str


class KeyDoesNotFitTheCertificate(Fault, code="PV833"):
    certificate: str
    key: str


class ChainIsBroken(Fault, code="PV834"):
    file: str
    number: int


class CertificateIsOutOfTime(Fault, code="PV835"):
    first: str
    last: str
    place: str


class CertificateEndsSoon(Caution, code="PV836"):
    days: int
    last: str
    place: str


class NameNotInTheCertificate(Fault, code="PV837"):
    file: str
    name: str


class TooWeakForPhones(Fault, code="PV838"):
    file: str
    found: str


class CertificatePackageMissing(LiveFault, code="PV839"):
    command: str
    extra: str
    package: str
