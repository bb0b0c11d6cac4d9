"""A workspace that is read out of a commit."""

from repositories import Clone

from provisioner.git.files import TreeFiles
from provisioner.git.repository import opened
from provisioner.manifest.repository import load_workspace


def test_a_commit_is_read_like_a_folder(clone: Clone) -> None:
    commit = clone.workspace()
    with opened(clone.path) as repository:
        found = load_workspace(clone.path, TreeFiles(repository, repository.tree(commit)))
    there = load_workspace(clone.path)
    assert found.diagnostics == there.diagnostics
    assert found.config == there.config
    assert {str(customer): entry.manifest for customer, entry in found.entries.items()} == {
        str(customer): entry.manifest for customer, entry in there.entries.items()
    }
    assert set(map(str, found.entries)) == {"schmiede", "muehle"}
    assert not found.faulty
