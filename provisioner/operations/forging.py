"""The forge of a workspace, and the keys of its records: from its settings and the environment.

Which project it is stands in provision.yaml, which only the protected branch decides. What a job is
given in its environment is where the forge's API is, a token and a key, and none of those is in an
error.
"""

import base64
import binascii
import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from nacl.bindings import crypto_sign_SEEDBYTES as SEED_BYTES
from nacl.signing import SigningKey, VerifyKey

from provisioner.codes.review import (
    KeyOfNobody,
    NotAPrivateSigningKey,
    VariableIsMissing,
)
from provisioner.errors import ProvisionError
from provisioner.forge.github import GitHub
from provisioner.forge.gitlab import GitLab
from provisioner.forge.model import Run
from provisioner.forge.protocol import Forge, ForgeReader
from provisioner.manifest.config import Config
from provisioner.manifest.review import ForgeName, Review
from provisioner.operations.operator import review_of

ADDRESS, TOKEN, KEY = "PROVISION_FORGE_URL", "PROVISION_FORGE_TOKEN", "PROVISION_SIGNING_KEY"
AUTHORITIES = "PROVISION_FORGE_CA"
_RUNNERS_ADDRESS: Mapping[ForgeName, str] = {
    "github": "GITHUB_API_URL",
    "gitlab": "CI_API_V4_URL",
}
_REPOSITORY, _RUN, _JOB_TOKEN = "GITHUB_REPOSITORY", "GITHUB_RUN_ID", "CI_JOB_TOKEN"
_RUNNERS_AUTHORITIES = "CI_SERVER_TLS_CA_FILE"
_PRIVATE, _PUBLIC = "ed25519-private:", "ed25519:"


# The forge


def open_forge(config: Config, environment: Mapping[str, str]) -> Forge:
    """With the token in ``PROVISION_FORGE_TOKEN``; whoever only reads takes it as a ForgeReader.

    Its API is at ``PROVISION_FORGE_URL``, else where the runner says (``GITHUB_API_URL``,
    ``CI_API_V4_URL``): none is assumed, since the token goes there.  ``PROVISION_FORGE_CA``: a file
    of certificates to trust instead of the public ones, on GitLab else ``CI_SERVER_TLS_CA_FILE``.
    GitHub's paths need the name of the repository (``GITHUB_REPOSITORY``); that it has the number
    of provision.yaml is looked at before anything else is asked of it.

    Raises ProvisionError PV761 and PV762; Refused PV720, PV737 and PV738.
    """
    review = review_of(config)
    forge, project = review.project.forge, review.project.id
    runners = _RUNNERS_ADDRESS[forge]
    api = environment.get(ADDRESS, "").strip() or environment.get(runners, "").strip()
    if not api:
        raise ProvisionError(VariableIsMissing(name=ADDRESS))
    token = _given(environment, TOKEN)
    if forge == "github":
        return GitHub(
            repository=_repository(environment),
            project=project,
            recorder=review.recorder,
            token=token,
            api=api,
            authorities=_file(environment, AUTHORITIES),
        )
    return GitLab(
        project=project,
        recorder=review.recorder,
        token=token,
        api=api,
        job_token=environment.get(_JOB_TOKEN, "").strip(),
        authorities=_file(environment, AUTHORITIES, _RUNNERS_AUTHORITIES),
    )


def this_run(forge: ForgeReader, environment: Mapping[str, str]) -> Run:
    """The job that this runs in, and who started it: by ``GITHUB_RUN_ID`` or ``CI_JOB_TOKEN``.

    Raises ProvisionError PV762 outside of one.
    """
    if forge.name == "gitlab":
        _given(environment, _JOB_TOKEN)
        return forge.run()
    number = _given(environment, _RUN)
    if not re.fullmatch(r"[1-9][0-9]{0,17}", number):
        raise ProvisionError(VariableIsMissing(name=_RUN))
    return forge.run(int(number))


def _given(environment: Mapping[str, str], name: str) -> str:
    """Without the line end that a secret often comes with."""
    found = environment.get(name, "").strip()
    if not found:
        raise ProvisionError(VariableIsMissing(name=name))
    return found


def _repository(environment: Mapping[str, str]) -> str:
    found = _given(environment, _REPOSITORY)
    if not re.fullmatch(r"[\w-]+/(?!\.\.?$)[\w.-]+", found, re.ASCII):
        raise ProvisionError(VariableIsMissing(name=_REPOSITORY))
    return found


def _file(environment: Mapping[str, str], *names: str) -> Path | None:
    found = (environment.get(name, "").strip() for name in names)
    return next((Path(each) for each in found if each), None)


# Keys


def signing_key(review: Review, environment: Mapping[str, str]) -> SigningKey:
    """The private key in ``PROVISION_SIGNING_KEY``, if its public part is one of ``review.keys``.

    Raises ProvisionError PV762 to PV764.
    """
    key = _private(_given(environment, KEY))
    if key.verify_key not in verify_keys(review):
        raise ProvisionError(KeyOfNobody(public=public_line(key)))
    return key


def verify_keys(review: Review) -> Collection[VerifyKey]:
    """What ``review.keys`` of provision.yaml says."""
    found = (base64.b64decode(each.removeprefix(_PUBLIC)) for each in review.keys)
    return tuple(map(VerifyKey, found))


def private_line(key: SigningKey) -> str:
    """As ``PROVISION_SIGNING_KEY`` takes it."""
    return _PRIVATE + base64.b64encode(bytes(key)).decode()


def public_line(key: SigningKey) -> str:
    """As ``review.keys`` takes it."""
    return _PUBLIC + base64.b64encode(bytes(key.verify_key)).decode()


def _private(text: str) -> SigningKey:
    """None of what was read is in the error, nor in a cause of it."""
    seed = b""
    if text.startswith(_PRIVATE):
        with suppress(binascii.Error, ValueError):
            seed = base64.b64decode(text.removeprefix(_PRIVATE), validate=True)
    if len(seed) != SEED_BYTES:
        raise ProvisionError(NotAPrivateSigningKey())
    return SigningKey(seed)
