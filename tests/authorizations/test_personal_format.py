"""Our personal access tokens are told from everything else without asking a database."""

import re
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizations import personal_format
from authorizations.personal_format import ALPHABET, checksum, found_in, is_ours, new_value

CHARACTERS = st.text(ALPHABET, min_size=76, max_size=76)


def test_a_new_value_has_the_format_that_tools_expect():
    for _ in range(500):
        value = new_value()
        assert len(value) == 84 and re.fullmatch(r"^.{76}AZDO.{4}$", value) and value.isalnum() and is_ours(value)


def test_values_do_not_repeat_and_use_the_whole_alphabet():
    values = [new_value() for _ in range(500)]
    assert len(set(values)) == 500
    assert {c for value in values for c in value[:76]} == set(ALPHABET)


@given(CHARACTERS)
def test_the_checksum_is_what_the_documentation_says(random):
    """Written anew from docs/developers.md, as somebody who writes a scanner would."""
    first, digits = random + "AZDO", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    number = crc32(first.encode()) % 14776336
    expected = ""
    while len(expected) < 4:
        expected = digits[number % 62] + expected
        number //= 62
    assert checksum(first) == expected and is_ours(first + expected)


@given(st.integers(0, 83), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found_but_for_rare_luck(at, other):
    """A CRC-32 finds each single change; of its 2**32 values 62**4 are kept, so one change in millions may pass."""
    value = "k7" * 38 + "AZDO"
    value += checksum(value)
    changed = value[:at] + other + value[at + 1 :]
    assert is_ours(changed) is (changed == value)


@given(st.text(max_size=200))
def test_no_text_breaks_the_check(text):
    assert not is_ours(text)
    assert list(found_in(text)) == []


@pytest.mark.parametrize("before", ["", " ", "https://x:", '"', "=", "é", "-", "_"])
@pytest.mark.parametrize("after", ["", "\n", "@host", '"', ".", "ü"])
def test_a_token_is_found_in_a_text(before, after):
    value = new_value()
    assert list(found_in(before + value + after)) == [value]


def test_a_part_of_something_longer_is_no_token():
    value = new_value()
    assert list(found_in("x" + value)) == [] and list(found_in(value + "0")) == []
    assert not is_ours(value + "\n") and not is_ours(value.lower())


def test_the_random_part_has_more_than_256_bits():
    assert len(ALPHABET) ** personal_format.RANDOM > 2**256
