"""Ids are functions of the data: these values are written in lakes and must never change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models import ids


def test_ids_stay_what_they_were() -> None:
    visit = ids.visit_id("S1", "00000000000000ff", 1_790_000_000_000)
    assert visit == "74afbf4aa84a894f"
    assert ids.moment_id(visit, "boots", 20) == "41fc0a3df3fc69b4"
    assert ids.prompt_id(ids.moment_id(visit, "boots", 20), 3) == "41fc0a3df3fc69b4-3"
    assert ids.phone_text(ids.phone("aa:bb:cc", b"salt")) == "39485c2cfec83bf4"
    assert ids.customer("C1", "secret") == "dfb82676d1000b54"
    assert ids.uniform("secret", "S1", 7) == 0.5014319829821033


@given(st.integers(0, 2**64 - 1))
def test_a_phone_as_text_is_sixteen_hex(number: int) -> None:
    text = ids.phone_text(number)
    assert (len(text), text.lower(), int(text, 16)) == (16, text, number)


def test_parts_do_not_run_together() -> None:
    assert ids.digest("ab", "c") != ids.digest("a", "bc")
    assert ids.digest("1", 2) == ids.digest(1, "2")


def test_another_salt_is_another_phone_and_another_secret_another_customer() -> None:
    assert ids.phone("d", b"monday") != ids.phone("d", b"tuesday")
    assert ids.customer("C1", "one") != ids.customer("C1", "other")


def test_the_held_out_share_is_the_share() -> None:
    held = sum(ids.held_out("secret", 0.1, "S1", f"{i:016x}", "2026-11-24") for i in range(10_000))
    assert 900 < held < 1_100
    assert not any(ids.held_out("secret", 0.0, i) for i in range(100))
    assert all(ids.held_out("secret", 1.0, i) for i in range(100))


def test_a_group_is_named_by_its_first_visit_and_is_none_itself() -> None:
    visit = ids.visit_id("S1", "phone", 0)
    assert ids.group_id(visit) == ids.group_id(visit) != visit
    assert len(ids.group_id(visit)) == 16
