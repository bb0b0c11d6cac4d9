"""How it ended for each customer after the merge, in Markdown: what is not done comes first."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from provisioner.report.layout import clip
from provisioner.report.messages import Catalogue
from provisioner.report.plan import pieces, view
from provisioner.report.plan.details import details, risk_text
from provisioner.report.plan.fitting import Lazy
from provisioner.report.plan.sections import Section
from provisioner.report.sanitise import markdown, visible
from provisioner.review.showing import WELL, Ended, Outcome

UPCOMING = 10
"""So many coming events of one customer are named."""

RISKS = 20
"""So many dangerous steps of a plan that was refused; all of them are in the plan itself."""

_MARKS = {Ended.DONE: "✓", Ended.NOTHING: "✓", Ended.WAITING: "…"}


def outcome_sections(
    outcomes: Sequence[Outcome], words: Catalogue, at: date, *, reseller: bool = False
) -> tuple[Section, ...]:
    """``at``: the day of the apply.  ``reseller``: with whose customer it is."""

    def section(title: str, ends: Collection[Ended], more: str) -> Section:
        found = [outcome for outcome in outcomes if outcome.ended in ends]
        items = Lazy(found, lambda one: "\n".join(_outcome(one, words, reseller=reseller)))
        return Section(title, items, more)

    plans = [outcome.fresh for outcome in outcomes if outcome.fresh]
    fresh = Lazy(plans, lambda one: details(one, words, at) + "\n")
    return (
        section("review.not_applied", {Ended.FAILED, Ended.REFUSED}, "review.more_not_applied"),
        section("review.waiting", {Ended.WAITING}, "review.more_waiting"),
        section("review.applied", WELL, "review.more_applied"),
        Section("review.fresh", fresh, "review.more_fresh"),
    )


def _outcome(one: Outcome, words: Catalogue, *, reseller: bool) -> Iterator[str]:
    mark = _MARKS.get(one.ended, "✗")
    whose = [one.company] if one.company else []
    whose += [words.ui("plan.reseller", name=one.reseller)] if reseller and one.reseller else []
    told = ", ".join(markdown(clip(visible(each), pieces.SHORT), first=False) for each in whose)
    about = f" ({told})" if told else ""
    said = markdown(words.ui(f"review.ended_{one.ended}"))
    yield f"- {mark} **{pieces.name(one.customer)}**{about}: {said}"
    for each in one.about:
        yield f"  - {pieces.sentence(words, each.code, each.params)}"
    if one.fresh:
        risks = sorted(view.risks_of(one.fresh, words), key=view.gravest_first)
        yield from (f"  - {risk_text(risk)}" for risk in risks[:RISKS])
        if left := len(risks[RISKS:]):
            yield f"  - **{markdown(words.ui('review.more_risks', count=left))}**"
        params = {"digest": clip(visible(one.fresh.digest), pieces.SHORT)}
        yield f"  - {pieces.prose(words.ui('review.by_hand', **params), params)}"
    coming = sorted(one.upcoming, key=lambda each: each.on)
    for event in coming[:UPCOMING]:
        what = pieces.prose(words.text(event.code, event.params), event.params)
        yield f"  - {markdown(words.ui('review.to_come', day=words.day(event.on)))} {what}"
    if left := len(coming[UPCOMING:]):
        yield f"  - {markdown(words.ui('plan.later_more', count=left))}"
