"""PV3xx: passwords and keys."""

from provisioner.codes import Caution, Fault


class PasswordInClearText(Fault, code="PV301"):
    pass


class PasswordEitherGeneratedOrSealed(Fault, code="PV302"):
    pass


class PasswordsCannotBeHandedOver(Caution, code="PV303"):
    count: int
    reseller: str


class NoKeyToOpenASealedPassword(Fault, code="PV304"):
    place: str


class PasswordTooWeak(Fault, code="PV305"):
    pass


class NoUsablePublicKey(Fault, code="PV306"):
    pass


class SealedPasswordDoesNotOpen(Fault, code="PV307"):
    place: str


class NotASealedPassword(Fault, code="PV308"):
    field: str = ""


class SealedForAnotherPlace(Fault, code="PV310"):
    place: str


class ResellerWithoutKey(Fault, code="PV311"):
    reseller: str


class PublicKeyCannotBeRead(Fault, code="PV312"):
    place: str
    position: int


class KeyDoesNotFit(Fault, code="PV313"):
    file: str


class PasswordsInTheHandOverAreDamaged(Fault, code="PV314"):
    count: int
    file: str
    logins: str


class PasswordsForAnotherKey(Fault, code="PV315"):
    count: int
    file: str
    logins: str


class HandOverIsEmpty(Fault, code="PV316"):
    file: str


class HandOverIsDamaged(Fault, code="PV317"):
    count: int
    file: str
    line: int


class NotAHandOver(Fault, code="PV318"):
    file: str


class NotAPrivateKey(Fault, code="PV319"):
    file: str


class CustomerNotInTheHandOver(Fault, code="PV320"):
    customer: str
    file: str
    near: str
    customers: str


class SealedForNobodyHere(Caution, code="PV321"):
    place: str
    near: str
