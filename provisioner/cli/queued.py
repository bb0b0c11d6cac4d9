"""``apply --queue``: an approved plan that workers carry out, as if it had run here."""

import time
from collections.abc import Sequence
from datetime import date

from provisioner import extras
from provisioner.cli.context import App
from provisioner.cli.running import Running
from provisioner.codes.many import QueuePackageMissing
from provisioner.errors import Unavailable
from provisioner.operations import Applied, Begun, PlanMade, crew, open_workspace
from provisioner.plan.approval import day_of
from provisioner.plan.model import Plan
from provisioner.report.layout import wrap

PAUSE = 0.5
SILENCE = 10.0
"""Seconds after which whoever waits is told that nobody has begun."""


def apply_queued(
    app: App,
    running: Running,
    plan: Plan,
    today: date,
    on: date | None,
    acknowledged: Sequence[str],
    size: int,
) -> Applied:
    """Hand out what was approved and wait until nobody works on it any more.

    Whoever stops waiting takes back what nobody has begun.  Raises PolicyError for a brake,
    NotApproved as ``apply``, Refused PV679, Unavailable PV680, PV681 or PV683.
    """
    show = running.runner.emit
    with open_workspace(app.root) as opened:
        desk, connection = crew.crew_desk(opened.desk)
        try:
            from provisioner.cli import crewing  # of the extra
        except ImportError:
            missing = QueuePackageMissing(command=extras.command("queue"), package="procrastinate")
            raise Unavailable(missing) from None
        crew.approved(opened, plan, today=today, on=on, acknowledged=acknowledged)
        show(PlanMade(plan, approved=True))
        chunks = crewing.handed_out(
            plan,
            app.who(),
            today=today,
            handed=day_of(desk.now()),
            on=on,
            size=size,
            accepted=acknowledged,
        )
        if not chunks:
            return Applied(plan)
        waiting = crewing.Waiting(connection, show)
        waiting.hand_out(chunks)
        show(Begun(plan, len(plan.steps)))
        batch, known = chunks[0].batch, set[str]()
        back = set[str]()
        ended, patient, began = False, True, time.monotonic()
        while not ended:
            time.sleep(PAUSE)
            if patient and time.monotonic() - began > SILENCE:
                patient = False
                if waiting.untouched():
                    said = wrap(app.words.ui("run.no_worker"), app.width)
                    app.note("\n".join(said) + "\n")
            if running.runner.stopped():
                back |= waiting.take_back()
            ended = waiting.ended()
            found = crew.results(desk, batch, plan, ended=ended, back=back)
            waiting.news(found, known)
        return Applied(plan, tuple(found))
