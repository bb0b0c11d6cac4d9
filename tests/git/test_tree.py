"""The difference of two trees, and what is no tree."""

from types import MappingProxyType

import pytest

from provisioner.git.tree import Blob, Change, How, Malformed, Tree, differences, parse

ID = "0" * 40


def blob(content: int, mode: str = "100644") -> Blob:
    return Blob(mode, f"{content:040x}", 1)


def tree(**files: Blob) -> Tree:
    return Tree(ID, MappingProxyType(files))


def test_each_kind_of_change() -> None:
    before = tree(a=blob(1), b=blob(2), c=blob(3), d=blob(4))
    after = tree(a=blob(1), b=blob(5), e=blob(4), f=blob(6))
    assert differences(before, after) == (
        Change(How.CHANGED, "b", blob(2), blob(5)),
        Change(How.DELETED, "c", blob(3), None),
        Change(How.RENAMED, "e", blob(4), blob(4), "d"),
        Change(How.ADDED, "f", None, blob(6)),
    )
    assert differences(after, after) == ()
    assert [change.paths for change in differences(before, after)] == [
        ("b",),
        ("c",),
        ("d", "e"),
        ("f",),
    ]


def test_of_two_with_the_same_content_each_is_renamed_once() -> None:
    found = differences(tree(a=blob(1), b=blob(1)), tree(c=blob(1), d=blob(1), e=blob(1)))
    assert [(change.how, change.old, change.path) for change in found] == [
        (How.RENAMED, "a", "c"),
        (How.RENAMED, "b", "d"),
        (How.ADDED, "", "e"),
    ]


def test_a_mode_is_a_change() -> None:
    link, program = blob(1, "120000"), blob(1, "100755")
    (changed,) = differences(tree(a=blob(1)), tree(a=program))
    assert changed.mode_changed
    (added,) = differences(tree(), tree(a=link))
    assert added.mode_changed
    (renamed,) = differences(tree(a=blob(1)), tree(b=program))
    assert renamed.how is How.RENAMED
    assert renamed.mode_changed
    (gone,) = differences(tree(a=link), tree())
    assert not gone.mode_changed
    (edited,) = differences(tree(a=program), tree(a=blob(2, "100755")))
    assert not edited.mode_changed


def test_a_listing() -> None:
    listing = f"100644 blob {ID}       7\ta/b\n\x00160000 commit {ID}       -\tsub\0".encode()
    assert dict(parse(ID, listing).files) == {
        "a/b\n": Blob("100644", ID, 7),
        "sub": Blob("160000", ID, 0),
    }
    assert dict(parse(ID, b"").files) == {}


@pytest.mark.parametrize(
    "listing", [b"100644 blob\tx\0", b"100644 blob abc 7\tx\0", b"nonsense\0", b"\0"]
)
def test_what_is_no_listing(listing: bytes) -> None:
    with pytest.raises(Malformed):
        parse(ID, listing)
