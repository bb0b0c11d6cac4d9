"""What manifests could leave out at earlier commits, since it decides what they said then."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import PurePosixPath

from provisioner.manifest.config import Config
from provisioner.manifest.defaults import Usual
from provisioner.manifest.diagnostics import InputError
from provisioner.manifest.loader import load_model
from provisioner.manifest.repository import CONFIG
from provisioner.operations.lane import Lane

_WORD = b"defaults"
"""Settings without it have none, and need not be read: that takes longer than all else."""


class Defaults:
    """Those of the commits of a lane.  Where settings are kept elsewhere, or cannot be read any
    more, those of now hold."""

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self._read: dict[bytes, Config] = {}
        self._changed: dict[str, Sequence[str]] = {}

    def changed(self, file: str) -> Sequence[str]:
        """Commits, newest first, that changed a default of the reseller whose ``file`` it is."""
        reseller = _reseller(file)
        if reseller not in self._changed:
            self._changed[reseller] = [
                commit
                for commit, older in pairwise((*self._commits, ""))
                if self._usual(reseller, commit).values != self._usual(reseller, older).values
            ]
        return self._changed[reseller]

    def of(self, file: str, commit: str) -> Usual:
        """What ``file`` could leave out at ``commit``."""
        at = self._ages.get(commit, -1)
        then = next((c for c in self._commits if self._ages[c] >= at), "")
        return self._usual(_reseller(file), then)

    def _usual(self, reseller: str, commit: str) -> Usual:
        """By the settings that ``commit`` brought; empty: from before there were any."""
        if self._lane.operator is not None:
            return self._lane.config.usual(reseller)
        data = self._settings.get(commit, b"")
        if _WORD not in data:
            return Usual(reseller)
        if data not in self._read:
            try:
                self._read[data] = load_model(Config, data, CONFIG).value
            except InputError:
                self._read[data] = self._lane.config
        return self._read[data].usual(reseller)

    @cached_property
    def _commits(self) -> Sequence[str]:
        """On the mainline, newest first, those that touched the settings."""
        if self._lane.operator is not None:
            return ()
        return [t.commit for t in self._lane.repository.history(CONFIG, self._lane.tip)]

    @cached_property
    def _settings(self) -> Mapping[str, bytes]:
        return self._lane.repository.contents(CONFIG, self._commits)

    @cached_property
    def _ages(self) -> Mapping[str, int]:
        """0 is the tip."""
        commits = self._lane.repository.mainline(self._lane.tip)
        return {commit: age for age, commit in enumerate(commits)}


def _reseller(file: str) -> str:
    return PurePosixPath(file).parent.name
