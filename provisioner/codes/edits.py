"""PV160 to PV165: one edit of many manifests."""

from provisioner.codes import Fault


class NothingFits(Fault, code="PV160"):
    asked: str
    known: str
    near: str


class NothingFitsTogether(Fault, code="PV161"):
    asked: str
    counts: str


class NoSuchField(Fault, code="PV162"):
    found: str
    known: str
    near: str


class ExpressionMisspelled(Fault, code="PV163"):
    found: str
    form: str


class NobodyToAskForFiles(Fault, code="PV164"):
    pass


class ChangedMeanwhile(Fault, code="PV165"):
    file: str
