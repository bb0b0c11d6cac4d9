"""Which commits of the protected branch changed a manifest, whichever way they came onto it."""

from repositories import Clone, manifest

from provisioner.git.repository import Touch, opened

SCHMIEDE = "customers/limmat/schmiede.yaml"
HAMMER = "customers/limmat/hammer.yaml"
MUEHLE = "customers/aare/muehle.yaml"


def history(clone: Clone, path: str = SCHMIEDE) -> tuple[Touch, ...]:
    with opened(clone.path) as repository:
        return repository.history(path, repository.commit("main"))


def on_a_branch(clone: Clone, *logins: str) -> None:
    clone.git("checkout", "--quiet", "-B", "side")
    for login in logins:
        clone.commit({SCHMIEDE: manifest(login)}, f"To {login}")
    clone.git("checkout", "--quiet", "main")


def test_a_merge_is_one_change(clone: Clone) -> None:
    first = clone.workspace()
    on_a_branch(clone, "a", "b")
    clone.commit({MUEHLE: manifest("x")})
    clone.git("merge", "--quiet", "--no-ff", "--no-edit", "side")
    merge = clone.git("rev-parse", "HEAD")
    assert history(clone) == (Touch(merge, SCHMIEDE), Touch(first, SCHMIEDE))
    with opened(clone.path) as repository:
        mainline = repository.mainline(merge)
        side = repository.commit("side")
        assert side not in mainline
        assert repository.is_ancestor(side, merge)
        assert not repository.is_ancestor(merge, side)
        assert repository.is_ancestor(merge, merge)
    assert (mainline[0], mainline[-1], len(mainline)) == (merge, first, 3)


def test_a_rebase_and_a_squash(clone: Clone) -> None:
    first = clone.workspace()
    on_a_branch(clone, "a", "b")
    clone.git("merge", "--quiet", "--ff-only", "side")
    second, third = clone.git("rev-parse", "HEAD~1"), clone.git("rev-parse", "HEAD")
    on_a_branch(clone, "c", "d")
    clone.git("merge", "--quiet", "--squash", "side")
    squash = clone.commit()
    assert [touch.commit for touch in history(clone)] == [squash, third, second, first]


def test_a_revert_and_a_return(clone: Clone) -> None:
    first = clone.workspace()
    second = clone.commit({SCHMIEDE: manifest("neu")})
    clone.git("revert", "--no-edit", "HEAD")
    third = clone.git("rev-parse", "HEAD")
    assert [touch.commit for touch in history(clone)] == [third, second, first]


def test_a_renamed_file_has_the_history_of_both_names(clone: Clone) -> None:
    first = clone.workspace()
    second = clone.commit({SCHMIEDE: manifest("neu")})
    third = clone.commit({SCHMIEDE: None, HAMMER: manifest("neu").replace("12", "13", 1)})
    fourth = clone.commit({HAMMER: manifest("wieder")})
    assert history(clone, HAMMER) == (
        Touch(fourth, HAMMER),
        Touch(third, HAMMER, before=SCHMIEDE),
        Touch(second, SCHMIEDE),
        Touch(first, SCHMIEDE),
    )


def test_a_file_that_went_and_came_back(clone: Clone) -> None:
    first = clone.workspace()
    second = clone.commit({SCHMIEDE: None})
    third = clone.commit({SCHMIEDE: manifest()})
    assert history(clone) == (
        Touch(third, SCHMIEDE),
        Touch(second, SCHMIEDE, deleted=True),
        Touch(first, SCHMIEDE),
    )


def test_a_new_file_that_is_like_another_one_is_not_that_one(clone: Clone) -> None:
    """Manifests of small customers differ in three lines."""
    clone.workspace()
    second = clone.commit({HAMMER: manifest("neu")})
    assert history(clone, HAMMER) == (Touch(second, HAMMER),)


def test_a_name_that_was_given_on(clone: Clone) -> None:
    first = clone.workspace()
    second = clone.commit({SCHMIEDE: None, HAMMER: manifest()})
    third = clone.commit({SCHMIEDE: "version: 1\n"})
    assert history(clone, HAMMER) == (
        Touch(second, HAMMER, before=SCHMIEDE),
        Touch(first, SCHMIEDE),
    )
    assert history(clone) == (
        Touch(third, SCHMIEDE),
        Touch(second, SCHMIEDE, deleted=True),
        Touch(first, SCHMIEDE),
    )


def test_names_are_never_patterns(clone: Clone) -> None:
    clone.workspace()
    strange = ["customers/limmat/*.yaml", ":(glob)**", "--all", 'a\n"b\udcff', "customers/limmat"]
    for name in strange[:-1]:
        commit = clone.commit({name: name.encode("utf-8", "surrogateescape")})
        assert history(clone, name) == (Touch(commit, name),), name
    assert history(clone, "customers/none.yaml") == ()
    assert history(clone, "customers/*/schmiede.yaml") == ()


def test_settings_of_a_log_do_not_count(clone: Clone) -> None:
    tip = clone.workspace()
    clone.git("config", "log.diffMerges", "off")
    clone.git("config", "diff.renames", "copies")
    clone.git("config", "core.quotePath", "true")
    clone.git("config", "format.pretty", "fuller")
    assert history(clone) == (Touch(tip, SCHMIEDE),)
