"""From settings and environment to a forge and its keys; a secret is in no error."""

import base64
from collections.abc import Mapping
from contextlib import closing

import pytest
from forge.conftest import Side
from forge.double.gitlab import GitLabApi
from forge.double.server import JOB_TOKEN, TOKEN
from forge.double.world import APP, World
from nacl.signing import SigningKey

from provisioner.errors import ProvisionError, Refused
from provisioner.manifest.config import Config
from provisioner.manifest.review import Review
from provisioner.operations.forging import (
    open_forge,
    private_line,
    public_line,
    signing_key,
    this_run,
    verify_keys,
)
from provisioner.operations.operator import review_of

OURS, OLDER, STRANGE = (SigningKey(byte * 32) for byte in (b"1", b"2", b"3"))
CONFIG = Config.model_validate(
    {"version": "1", "pbx": {"driver": "local"}, "desk": {"driver": "sql"}}
)


def review(forge: str, world: World) -> Review:
    recorder = APP if forge == "github" else world.recorder.number
    return Review.model_validate(
        {
            "project": {"forge": forge, "id": str(world.project)},
            "recorder": str(recorder),
            "keys": [public_line(OLDER), public_line(OURS)],
            "staff": [{"name": "J. Meier", forge: "583231"}],
        }
    )


def config(side: Side) -> Config:
    return CONFIG.model_copy(update={"review": review(side.name, side.world)})


def environment(side: Side) -> dict[str, str]:
    if side.name == "github":
        return {
            "GITHUB_API_URL": side.double.url,
            "GITHUB_REPOSITORY": side.world.repository,
            "GITHUB_RUN_ID": "77",
            "PROVISION_FORGE_TOKEN": f"{TOKEN}\n",
        }
    return {
        "CI_API_V4_URL": side.double.url,
        "CI_JOB_TOKEN": JOB_TOKEN,
        "PROVISION_FORGE_TOKEN": TOKEN,
    }


def code_of(given: Config, variables: Mapping[str, str]) -> str:
    with pytest.raises(ProvisionError) as caught:
        open_forge(given, variables)
    assert TOKEN not in repr(caught.value)
    return f"{caught.value.about}"


def test_a_runner_says_where_it_is(side: Side) -> None:
    staff = side.world.person("meier")
    if isinstance(side.api, GitLabApi):
        side.api.job = staff
    side.world.runs[77] = (staff, staff, 1)
    with closing(open_forge(config(side), environment(side))) as forge:
        assert forge.name == side.name
        assert forge.rights().project == side.world.project
        assert this_run(forge, environment(side)).by.number == staff.number


def test_an_address_that_is_given_counts_before_the_runners(side: Side) -> None:
    given = environment(side) | {
        "GITHUB_API_URL": "https://elsewhere.example",
        "CI_API_V4_URL": "https://elsewhere.example",
        "PROVISION_FORGE_URL": side.double.url,
    }
    with closing(open_forge(config(side), given)) as forge:
        assert forge.rights().project == side.world.project


def test_the_repository_with_that_name_has_to_be_the_one_that_is_meant(hub: Side) -> None:
    with closing(open_forge(config(hub), environment(hub))) as forge:
        hub.world.project += 1
        with pytest.raises(Refused, match="PV734"):
            forge.open_requests("main")


def test_what_is_missing_is_named(side: Side) -> None:
    assert code_of(CONFIG, environment(side)) == "PV761"
    with pytest.raises(ProvisionError, match="PV761"):
        review_of(CONFIG)
    names = {"PROVISION_FORGE_TOKEN": "PROVISION_FORGE_TOKEN"}
    if side.name == "github":
        names |= {"GITHUB_API_URL": "PROVISION_FORGE_URL", "GITHUB_REPOSITORY": "GITHUB_REPOSITORY"}
    else:
        names |= {"CI_API_V4_URL": "PROVISION_FORGE_URL"}
    for given, said in names.items():
        for value in ("", " \n"):
            assert code_of(config(side), environment(side) | {given: value}) == f"PV762 name={said}"


@pytest.mark.parametrize("name", ["GITHUB_RUN_ID", "CI_JOB_TOKEN"])
def test_outside_of_a_job_nobody_has_started_it(side: Side, name: str) -> None:
    given = environment(side)
    if name not in given:
        return
    with closing(open_forge(config(side), given)) as forge:
        for value in ("", "0", "7/../../x")[: 3 if name == "GITHUB_RUN_ID" else 1]:
            with pytest.raises(ProvisionError, match=f"PV762 name={name}"):
                this_run(forge, given | {name: value})


@pytest.mark.parametrize("name", ["manifests", "operator/x/y", "o/..", "/x", "o/?", "o/."])
def test_a_repository_is_owner_and_name(hub: Side, name: str) -> None:
    found = code_of(config(hub), environment(hub) | {"GITHUB_REPOSITORY": name})
    assert found == "PV762 name=GITHUB_REPOSITORY"


@pytest.mark.parametrize("url", ["http://forge.example", "ftp://x", "https://u:p@x.example", "x"])
def test_a_token_goes_to_no_other_address(side: Side, url: str) -> None:
    assert code_of(config(side), environment(side) | {"PROVISION_FORGE_URL": url}).startswith(
        "PV720"
    )


def test_certificates_of_ones_own(side: Side) -> None:
    given = environment(side) | {"PROVISION_FORGE_URL": "https://forge.example"}
    assert code_of(config(side), given | {"PROVISION_FORGE_CA": "/no/file"}).startswith("PV738")
    runners = given | {"CI_SERVER_TLS_CA_FILE": "/no/file"}
    if side.name == "gitlab":
        assert code_of(config(side), runners).startswith("PV738")
    else:
        open_forge(config(side), runners).close()


# Keys


def test_a_key_signs_if_its_public_part_is_known(world: World) -> None:
    found = review("gitlab", world)
    for each in (OURS, OLDER):
        key = signing_key(found, {"PROVISION_SIGNING_KEY": f" {private_line(each)}\n"})
        assert key == each
        assert key.verify_key in verify_keys(found)


def test_a_key_that_nobody_knows_says_its_public_part(world: World) -> None:
    with pytest.raises(ProvisionError) as caught:
        signing_key(review("gitlab", world), {"PROVISION_SIGNING_KEY": private_line(STRANGE)})
    assert f"{caught.value.about}" == f"PV764 public={public_line(STRANGE)}"


@pytest.mark.parametrize(
    "text",
    [
        public_line(OURS),
        base64.b64encode(bytes(OURS)).decode(),
        private_line(OURS)[:-2],
        private_line(OURS).replace("=", ""),
        f"ed25519-private:{base64.b64encode(b'1' * 31).decode()}",
        f"ed25519-private:{base64.b64encode(b'1' * 64).decode()}",
        "ed25519-private:é",
        "ed25519-private:",
        "\ud800",
    ],
)
def test_what_is_no_key_is_not_shown(text: str, world: World) -> None:
    with pytest.raises(ProvisionError) as caught:
        signing_key(review("gitlab", world), {"PROVISION_SIGNING_KEY": text})
    assert f"{caught.value.about}" == "PV763"
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_no_key_at_all(world: World) -> None:
    with pytest.raises(ProvisionError, match="PV762 name=PROVISION_SIGNING_KEY"):
        signing_key(review("gitlab", world), {})
