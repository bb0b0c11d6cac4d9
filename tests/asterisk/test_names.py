"""Names on the PBX: no two customers and no two logins share one, and all lead back."""

import fnmatch
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from provisioner.contract.resources import Workplace
from provisioner.drivers.asterisk import callers, ids, media, objects
from provisioner.telephony.identity import CustomerId, SipLogin
from provisioner.telephony.licenses import License
from provisioner.telephony.numbers import DIGITS
from provisioner.testing.drawn import drawn

APPS = st.sampled_from(["app", "App", "x.app", "app.app", "app.x"]).map(SipLogin)
"""Logins that look like what the driver adds."""
customers = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,3}", fullmatch=True).map(CustomerId)
logins = st.from_regex(r"[A-Za-z0-9]{1,6}(\.[A-Za-z0-9]{1,6}){0,3}", fullmatch=True).map(SipLogin)
people = st.tuples(customers, logins | APPS)
numbers = st.from_regex(r"0[1-9][0-9]{8}", fullmatch=True)


def folded(who: tuple[CustomerId, SipLogin]) -> tuple[CustomerId, str]:
    return who[0], who[1].folded


@given(people, people)
def test_r15_two_workplaces_never_share_an_id(
    one: tuple[CustomerId, SipLogin], other: tuple[CustomerId, SipLogin]
) -> None:
    same = ids.object_id(one[0], str(one[1])) == ids.object_id(other[0], str(other[1]))
    assert same == (folded(one) == folded(other))


@given(people, people)
def test_an_app_s_id_is_nobody_s_desk(
    one: tuple[CustomerId, SipLogin], other: tuple[CustomerId, SipLogin]
) -> None:
    assert ids.object_id(one[0], str(one[1])) + ids.APP != ids.object_id(other[0], str(other[1]))


@given(people, customers)
def test_r15_an_id_leads_back_to_customer_and_login(
    who: tuple[CustomerId, SipLogin], stranger: CustomerId
) -> None:
    name = ids.object_id(who[0], str(who[1]))
    assert re.fullmatch(r"[a-z0-9-]{4,90}", name)
    assert ids.login_of(who[0], name) == ids.login_of(who[0], name + ids.APP) == who[1].folded
    assert ids.desk_of(name) == ids.desk_of(name + ids.APP) == name
    assert ids.owner_of(name) == str(who[0])
    assert (ids.login_of(stranger, name) is None) == (stranger != who[0])


@given(people, customers)
def test_the_pattern_of_one_customer_matches_no_other(
    who: tuple[CustomerId, SipLogin], asking: CustomerId
) -> None:
    pattern = ids.prefix(asking).replace("%", "*")
    found = fnmatch.fnmatchcase(ids.object_id(who[0], str(who[1])), pattern)
    assert found == (asking == who[0])
    assert "_" not in pattern


@given(numbers, st.integers(7, DIGITS))
def test_r11_numbers_and_blocks_lead_back_from_their_rows(number: str, length: int) -> None:
    digits = number[:length]
    where = ids.RouteKey.of(digits)
    assert ids.digits_from(where.family, where.key) == digits
    assert ids.digits_from("blk" if where.family == "did" else "did", where.key) is None
    assert where.key.startswith(ids.head_of_keys(ids.head(digits)))
    assert all(len(w) < length and digits.startswith(w) for w in ids.wider(digits))
    assert len(list(ids.wider(digits))) == min(3, length - 7)


@given(
    st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), max_size=80)
    .map(str.strip)
    .filter(lambda text: text != "<unknown>"),
    st.from_regex(r"([1-9][0-9]{1,5})?", fullmatch=True),
)
def test_a_caller_id_leads_back_to_name_and_extension(name: str, extension: str) -> None:
    assert callers.split(callers.join(name, extension)) == (name, extension)


@given(drawn(Workplace, CustomerId("muster")))
def test_what_a_workplace_declares_is_the_same_at_its_desk_and_in_its_app(
    drawn_: Workplace,
) -> None:
    """Whatever a workplace declares later: the app is no stranger at it."""
    workplace = replace(drawn_, license=License.PHONES_APPS)
    name = ids.object_id(workplace.customer, workplace.login)
    digests = objects.Digests.of(name, "x")
    made = objects.wanted(workplace, name, digests, objects.Found())
    fixed = objects.endpoint(workplace.customer, name)
    desk, app = made["endpoint", name], made["endpoint", name + ids.APP]
    fixed |= media.wanted(workplace.srtp, {})  # an app has encryption of its own
    own = {n: v for n, v in desk.items() if n not in fixed and not n.startswith("@")}
    assert own == {n: app.get(n) for n in own}


@given(drawn(Workplace, CustomerId("muster")))
def test_the_journal_of_a_write_keeps_all_that_a_workplace_declares(workplace: Workplace) -> None:
    name = ids.object_id(workplace.customer, workplace.login)
    kept = objects.as_former(workplace)
    found = objects.Found({("endpoint", name): {}}, pending=kept)
    assert objects.understood(workplace.customer, name, found) == workplace
