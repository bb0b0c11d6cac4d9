"""The files of a new workspace, as ``provision init`` writes them.  Pure.

``common`` are those without prose; ``en``, ``de``, ``fr`` and ``it`` are those with comments for
people.  Names lack their dots here, so that git and the build do not take them for their own.
``ci`` holds the pipelines of each forge, under the names that they get: its checkers go by these.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable

from provisioner.telephony.calendar import WorkCalendar

EXAMPLE = "muster-ag"
"""Id of the example customer."""

CANTON = "ZH"
"""The one in the starter's ``provision.yaml``."""

_COMMON = {
    ".editorconfig": "editorconfig",
    ".gitattributes": "gitattributes",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".vscode/extensions.json": "vscode-extensions.json",
    ".vscode/settings.json": "vscode-settings.json",
}
_CI_FOLDER = {"github": "", "gitlab": "provision-ci/"}
"""GitLab's pipelines become a project of their own, in which no merge request can change them."""


def helper_files(language: str) -> dict[str, bytes]:
    """Editor, git, hooks and README by path; good beside any manifests."""
    folder = "" if language == "en" else f"{language}/"
    found = {
        target: _read("common", name).replace("@LANGUAGE@/", folder)
        for target, name in _COMMON.items()
    }
    found["README.md"] = _read(language, "README.md")
    return {name: text.encode() for name, text in found.items()}


def ci_files(ci: str) -> dict[str, bytes]:
    """The pipelines by path.  ``ci`` is ``github``, ``gitlab`` or ``none``."""
    if ci not in _CI_FOLDER:
        return {}
    root = files("provisioner.cli") / "starter" / "ci" / ci
    return {f"{_CI_FOLDER[ci]}{name}": data for name, data in _below(root)}


def _below(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for found in sorted(folder.iterdir(), key=lambda each: each.name):
        if found.is_dir():
            yield from _below(found, f"{prefix}{found.name}/")
        else:
            yield f"{prefix}{found.name}", found.read_bytes()


def workspace_files(language: str, reseller: str, name: str, today: date) -> dict[str, bytes]:
    """Configuration, removals and one example customer, which plans on ``today``.

    ``name`` is the company of the reseller, written as YAML.
    """
    filled = {
        "@RESELLER@": reseller,
        "@NAME@": name,
        "@LANGUAGE@": language,
        "@PRICES@": f"{today.year}-01-01",
        "@BILLING@": str(_month(today, 1)),
        "@ENDS@": str(WorkCalendar(CANTON).on_or_before(_month(today, 3) - timedelta(days=1))),
    }
    found = {
        "provision.yaml": "provision.yaml",
        "removals.yaml": "removals.yaml",
        f"customers/{reseller}/{EXAMPLE}.yaml": "customer.yaml",
    }
    made = {}
    for target, file in found.items():
        text = _read(language, file)
        for mark, value in filled.items():
            text = text.replace(mark, value)
        made[target] = text.encode()
    return made


def _month(day: date, later: int) -> date:
    """The first day of the month that comes ``later`` months after that of ``day``."""
    years, month = divmod(day.month - 1 + later, 12)
    return date(day.year + years, month + 1, 1)


def _read(folder: str, name: str) -> str:
    root: Traversable = files("provisioner.cli") / "starter"
    return (root / folder / name).read_text("utf-8")
