"""PV0xx: files, and YAML as text."""

from provisioner.codes import Fault


class ManifestTooLarge(Fault, code="PV001"):
    limit: int
    size: int


class NotUTF8(Fault, code="PV002"):
    pass


class CharacterNotAllowed(Fault, code="PV003"):
    character: str


class WindowsOrOldMacLineEnds(Fault, code="PV004"):
    pass


class NotValidYAML(Fault, code="PV005"):
    pass


class AnchorOrAlias(Fault, code="PV006"):
    pass


class Tag(Fault, code="PV007"):
    pass


class MergeKey(Fault, code="PV008"):
    pass


class FieldWrittenTwice(Fault, code="PV009"):
    pass


class SeveralDocuments(Fault, code="PV010"):
    pass


class YAMLDirective(Fault, code="PV011"):
    pass


class FieldNameIsNoText(Fault, code="PV012"):
    pass


class EmptyFile(Fault, code="PV013"):
    pass


class NestedTooDeeply(Fault, code="PV014"):
    limit: int


class TooManyValues(Fault, code="PV015"):
    limit: int


class Tab(Fault, code="PV016"):
    pass


class FileInTheWrongPlace(Fault, code="PV017"):
    file: str


class WrongFileExtension(Fault, code="PV018"):
    file: str
    suggestion: str


class NotARegularFile(Fault, code="PV019"):
    file: str


class FileNotReadable(Fault, code="PV020"):
    file: str
    reason: str


class FolderNotReadable(Fault, code="PV021"):
    file: str
    reason: str


class NoWorkspace(Fault, code="PV022"):
    file: str


class NotAFileOfThisWorkspace(Fault, code="PV023"):
    file: str


class ColonInsideAText(Fault, code="PV024"):
    pass


class ColonMissing(Fault, code="PV025"):
    pass


class QuoteNotClosed(Fault, code="PV026"):
    pass


class BracketNotClosed(Fault, code="PV027"):
    pass


class WrongIndentation(Fault, code="PV028"):
    pass


class TextNeedsQuotes(Fault, code="PV029"):
    pass


class LinkInTheWay(Fault, code="PV030"):
    link: str
    path: str


class NamedFileIsNone(Fault, code="PV031"):
    file: str


class NamedFileTooLarge(Fault, code="PV032"):
    file: str
    limit: int


class TooManyNumbers(Fault, code="PV033"):
    field: str
    length: int
    limit: int


class TooManyFiles(Fault, code="PV034"):
    limit: int


class SheetCannotBeSet(Fault, code="PV037"):
    pass


class NoPhonesInTheHandOver(Fault, code="PV038"):
    file: str


class NoRegistrar(Fault, code="PV039"):
    pass
