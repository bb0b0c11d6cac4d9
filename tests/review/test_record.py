"""A record is believed if it is signed, whole and small; whatever else it is, it is refused."""

import base64
import os
import zlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from provisioner.errors import NotApproved
from provisioner.plan.model import Effect, Targets
from provisioner.review.record import MAX_TEXT, Record, Shown, fingerprint, signed, verified

KEY, OTHER = SigningKey(b"1" * 32), SigningKey(b"2" * 32)
RECORD = Record(
    forge="gitlab",
    project=1,
    request=2,
    head="a" * 40,
    tip="b" * 40,
    tree="c" * 40,
    targets=Targets(pbx="local:pbx", desk="sql:desk"),
    tool="0.1",
    sequence=1,
    shown=datetime(2026, 11, 24, 12, tzinfo=UTC),
    comment="b" * 64,
    until=date(2026, 11, 30),
    digest="d" * 64,
    customers=(
        Shown(
            id="cafe",
            manifest="",
            digest="e" * 64,
            gravest=Effect.ADDITIVE,
            prices="a" * 64,
            steps={"x": "f" * 64},
        ),
    ),
)


def code_of(text: str) -> str:
    with pytest.raises(NotApproved) as caught:
        verified(text, [KEY.verify_key])
    return caught.value.code


def test_it_comes_back_as_it_was() -> None:
    text = signed(RECORD, KEY)
    assert verified(text, [OTHER.verify_key, KEY.verify_key]) == RECORD
    assert verified(f"\n{text}\n", [KEY.verify_key]) == RECORD
    assert signed(RECORD, KEY) == text
    assert fingerprint(text) != fingerprint(signed(RECORD, OTHER))


def test_no_key_or_another_one_believes_nothing() -> None:
    assert code_of(signed(RECORD, OTHER)) == "PV740"
    with pytest.raises(NotApproved, match="PV740"):
        verified(signed(RECORD, KEY), [])


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_is_refused(at: int, by: int) -> None:
    head, packed, mark = signed(RECORD, KEY).split(":")
    body = bytearray(base64.b64decode(packed))
    body[at % len(body)] ^= by
    assert code_of(":".join((head, base64.b64encode(body).decode(), mark))) == "PV740"


@given(st.text(max_size=200))
def test_any_text_is_refused_with_a_code(text: str) -> None:
    assert code_of(text) in {"PV740", "PV741"}
    assert code_of(f"provision-record:{text}") in {"PV740", "PV741"}


def sealed(body: bytes) -> str:
    mark = KEY.sign(b"provision review record 1\0" + body).signature
    both = (base64.b64encode(each).decode() for each in (body, mark))
    return ":".join(("provision-record", *both))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[" * 100_000,
        RECORD.canonical().replace(b'"version":1', b'"version":2'),
        RECORD.canonical()[:-1] + b',"more":1}',
        RECORD.canonical().replace(b'"sequence":1', b'"sequence":0'),
    ],
)
def test_what_we_signed_by_mistake_is_refused(data: bytes) -> None:
    assert code_of(sealed(zlib.compress(data))) == "PV741"


def test_what_unpacks_without_end_is_refused() -> None:
    assert code_of(sealed(zlib.compress(b" " * 50_000_000))) == "PV741"
    assert code_of(sealed(zlib.compress(RECORD.canonical())[:-3])) == "PV741"
    assert code_of("provision-record:" + "A" * 200_000) == "PV741"


def many(count: int, steps: int) -> Record:
    customers = tuple(
        Shown(
            id=f"customer-{n}",
            manifest=os.urandom(32).hex(),
            digest=os.urandom(32).hex(),
            gravest=Effect.ADDITIVE,
            prices="a" * 64,
            steps={f"workplace/p{k}:create": os.urandom(32).hex() for k in range(steps + n % 2)},
        )
        for n in range(count)
    )
    return RECORD.model_copy(update={"customers": customers})


def test_one_that_is_too_long_keeps_digests_and_loses_steps() -> None:
    """Of the largest first: they are accepted only as a whole then."""
    record = many(120, 18)
    text = signed(record, KEY)
    assert len(text) <= MAX_TEXT
    found = verified(text, [KEY.verify_key])
    assert [c.digest for c in found.customers] == [c.digest for c in record.customers]
    kept = [c for c in found.customers if c.steps is not None]
    assert kept
    assert len(kept) < 120
    assert {len(c.steps or ()) for c in kept} == {18}


def test_more_customers_than_there_is_room_for() -> None:
    with pytest.raises(NotApproved, match="PV741"):
        signed(many(3_000, 1), KEY)
