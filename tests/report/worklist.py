"""A work list with one text in every place that somebody outside may write."""

from datetime import date, timedelta

from provisioner.contract.desk import DeskState, PoolEntry
from provisioner.contract.resources import Account, PortingOrder, Release, StockAllocation
from provisioner.operations.work import Work
from provisioner.plan.matters import Matter, Sort, Who
from provisioner.telephony.calendar import WorkCalendar
from provisioner.telephony.identity import CustomerId
from provisioner.telephony.porting import PortPolicy, Progress, State

TODAY = date(2027, 2, 25)


def work(value: str) -> Work:
    """``value``: a customer's id, a company, a provider, a command."""
    customer = CustomerId(value)
    orders = [
        _order(customer, part, state, day, value)
        for part, (state, day) in enumerate(
            [
                (State.ACCEPTED, TODAY + timedelta(days=5)),
                (State.SUBMITTED, TODAY + timedelta(days=40)),
                (State.ACTIVATING, TODAY - timedelta(days=1)),
                (State.DRAFT, None),
            ]
        )
    ]
    account = Account(
        customer=customer,
        company=value,
        street="Weg 1",
        postcode="8400",
        city="Winterthur",
        person="Petra Huber",
        email="rechnung@schmiedeisen.example",
        phone="0525550100",
    )
    release = Release(customer=customer, manifest="", reseller=value)
    number = StockAllocation(customer=customer, id="n", area="052", size=1, digits="0525557000")
    return Work(
        today=TODAY,
        until=TODAY + timedelta(days=7),
        matters=[
            _matter(who, day, value) for who in Who for day in (None, TODAY, date(2027, 2, 1))
        ],
        states={customer: DeskState((release, account, number, *orders))},
        policy=PortPolicy(WorkCalendar("ZH")),
        target="sql:sqlite",
        unknown=[value],
        pool=[PoolEntry("stock", "05255570", 3, "free"), PoolEntry("stock", "0445557", 0, "free")],
    )


def _order(
    customer: CustomerId, part: int, state: State, day: date | None, value: str
) -> PortingOrder:
    return PortingOrder(
        customer=customer,
        porting=value,
        part=part,
        provider=value,
        scope="partial",
        port_date=day,
        time="09:00",
        authority="single",
        signatories=("Petra Huber",),
        numbers=("0525551200",),
        company=value,
        progress=Progress(state, day, day, 1),
    )


def _matter(who: Who, day: date | None, value: str) -> Matter:
    return Matter(
        sort=Sort.ANSWER,
        who=who,
        about=value,
        text="answer",
        params={"order": value, "provider": value, "date": "2027-02-26", "time": value},
        command=value,
        customer=value,
        reseller=value,
        due_on=day,
    )
