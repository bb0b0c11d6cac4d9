"""What a dangerous step of a plan means for people."""

from collections.abc import Iterator

from provisioner.contract.resources import Kind
from provisioner.plan.model import Action, Effect, Step
from provisioner.report.messages import Catalogue
from provisioner.report.sanitise import visible
from provisioner.telephony.phones import is_phone
from provisioner.telephony.srtp import Srtp, may_silence

_NO_NUMBER = {"", "none"}
"""As a resource has it, and as it is where it came from."""


def impact(step: Step, words: Catalogue) -> str:
    """``its phones stop working``; of a workplace each dangerous change is told."""
    told = list(_of_workplace(step, words)) if step.kind is Kind.WORKPLACE else []
    if step.action is Action.UPDATE and told:
        return "; ".join(told)
    key = f"impact.{step.kind}_{step.action}"
    if step.kind is Kind.ROUTE and "target" in step.changed and not _after(step, "target"):
        key = "impact.route_silent"
    phones = (step.before or {}).get("phones")
    found = words.ui(key, count=phones) if isinstance(phones, int) else words.ui(key)
    general = words.ui(f"effect.{step.effect}")
    if found == key:
        return general
    if step.action is Action.RENAME:
        return "; ".join((found, *told))
    return f"{found}; {general}" if step.effect is Effect.IRREVERSIBLE else found


def _of_workplace(step: Step, words: Catalogue) -> Iterator[str]:
    """A reason for each change that stops something; the login has one of its own."""
    changed, before = set(step.changed), step.before or {}
    phone = before.get("phone")
    gone = "phone" in changed and is_phone(phone)
    made = str(_after(step, "credential")).startswith("generated:")
    comes = made and "phone" in changed and not gone and is_phone(_after(step, "phone"))
    if "login" not in changed:
        if comes:
            yield words.ui("impact.workplace_phone_new")
        elif "credential" in changed or _shrinks(step):
            yield words.ui("impact.workplace_update")
    if gone:
        yield words.ui("impact.workplace_phone_gone", phone=visible(str(phone)))
    srtp = _after(step, "srtp")
    if "srtp" in changed and may_silence(before.get("srtp"), srtp):
        yield words.ui(f"impact.workplace_srtp_{'on' if srtp == Srtp.REQUIRED else 'off'}")
    if "caller_id" in changed and _after(step, "caller_id") in _NO_NUMBER:
        yield words.ui("impact.workplace_unnumbered")


def _shrinks(step: Step) -> bool:
    before = (step.before or {}).get("license", "")
    return "license" in step.changed and len(str(_after(step, "license"))) < len(str(before))


def _after(step: Step, name: str) -> object:
    return (step.after or {}).get(name)
