"""What a matter is called, in a language.  Pure."""

import shlex

from provisioner.manifest.models import Porting
from provisioner.plan.matters import Matter, Who
from provisioner.report.messages import Catalogue
from provisioner.report.provider import provider_text
from provisioner.report.sanitise import visible


def is_code(matter: Matter) -> bool:
    """Whether it is a finding of the catalogue."""
    return matter.text.startswith("PV")


def text_of(matter: Matter, words: Catalogue) -> str:
    """What there is to do, in a sentence."""
    if is_code(matter):
        return words.text(matter.text, matter.params)
    params, key = dict(matter.params), matter.text
    if matter.who is Who.DONOR and params.get("provider") == Porting.UNKNOWN:
        key += "_of_nobody"
    elif "provider" in params:
        params["provider"] = provider_text(str(params["provider"]), words)
    return words.ui(f"due.text.{key}", **params)


def command_of(matter: Matter, words: Catalogue) -> str:
    """The command that does it, with a reason in the language of the reader."""
    if not matter.why:
        return matter.command
    return f"{matter.command} --why {shlex.quote(words.ui(f'due.why.{matter.why}'))}"


def owner_of(matter: Matter, words: Catalogue) -> str:
    """Who has to act: a reseller by its name."""
    if matter.who is Who.RESELLER and matter.reseller:
        return visible(matter.reseller)
    return words.ui(f"due.owner.{matter.who}")


def whose_of(matter: Matter) -> str:
    """The customer, or else the reseller; empty for what is about neither."""
    return visible(matter.customer or matter.reseller)
