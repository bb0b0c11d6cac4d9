"""Settings of ``provision.yaml`` for merge requests: who may change what, whose approval counts.

They are only ever read from the protected branch, so no merge request can change what it is judged
by.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from pydantic import Field, ValidationInfo, field_validator

from provisioner.codes.fields import AccountOfTwo, NoAccountThere
from provisioner.manifest.types import (
    AccountNumber,
    Branch,
    Company,
    Integer,
    SigningKey,
    Strict,
    refusal,
)

ForgeName: TypeAlias = Literal["github", "gitlab"]
Account: TypeAlias = tuple[ForgeName, int]


class Accounts(Strict):
    """Accounts by number: a login can be renamed, and taken by somebody else."""

    github: tuple[AccountNumber, ...] = ()
    """Numbers of accounts at GitHub."""
    gitlab: tuple[AccountNumber, ...] = ()
    """Numbers of accounts at GitLab."""

    def at(self, forge: ForgeName) -> tuple[int, ...]:
        return self.github if forge == "github" else self.gitlab

    def all(self) -> Iterator[Account]:
        yield from (("github", number) for number in self.github)
        yield from (("gitlab", number) for number in self.gitlab)


class Approvals(Strict):
    """What the approval of a plan takes, and how long it holds."""

    holds_days: Integer = Field(default=14, ge=1, le=365)
    """Days after the plan on which it can still be carried out."""
    ordinary: Integer = Field(default=1, ge=1, le=10)
    """How many different people have to approve a merge request."""
    irreversible: Integer = Field(default=2, ge=1, le=10)
    """How many, if it brings about something that cannot be undone."""


class ReviewProject(Strict):
    """The project at the forge: its number, since names move."""

    forge: ForgeName
    """``github`` or ``gitlab``."""
    id: AccountNumber
    """Number of the project (GitLab) or repository (GitHub)."""
    branch: Branch = "main"
    """The protected branch: what is in it was released."""


class StaffMember(Strict):
    """Somebody whose approval counts."""

    name: Company
    """Name, for people who read this file."""
    github: AccountNumber | None = None
    """Number of the account at GitHub."""
    gitlab: AccountNumber | None = None
    """Number of the account at GitLab."""

    def at(self, forge: ForgeName) -> int | None:
        return self.github if forge == "github" else self.gitlab


class Review(Strict):
    """Merge requests: where they are, who approves them, and who records what was shown."""

    project: ReviewProject
    """The project whose merge requests are carried out."""
    recorder: AccountNumber
    """Number of the account (GitLab) or App (GitHub) that publishes plans."""
    keys: tuple[SigningKey, ...] = Field(min_length=1, max_length=2)
    """Public keys that may sign what was shown; two while a key is being changed."""
    staff: tuple[StaffMember, ...] = Field(min_length=1)
    """Whose approval counts, and who may change any file."""

    @field_validator("staff")
    @classmethod
    def _each_with_an_account(
        cls, found: tuple[StaffMember, ...], info: ValidationInfo
    ) -> tuple[StaffMember, ...]:
        project: ReviewProject | None = info.data.get("project")
        seen: set[Account] = set()
        for each in found:
            if project and each.at(project.forge) is None:
                raise refusal(NoAccountThere(forge=project.forge))
            for account in accounts_of(each):
                if account in seen:
                    raise refusal(AccountOfTwo(account=account[1], forge=account[0]))
                seen.add(account)
        return found

    def people(self) -> Iterator[Account]:
        for each in self.staff:
            yield from accounts_of(each)


def accounts_of(member: StaffMember) -> Iterator[Account]:
    if member.github is not None:
        yield "github", member.github
    if member.gitlab is not None:
        yield "gitlab", member.gitlab
