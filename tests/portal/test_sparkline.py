"""The small picture of calls: true words, bars in proportion, nothing that the content security policy forbids."""

import re
from datetime import date

from django.template import Context, Template

from authorizations.usage.reading import Series

TODAY = date(2026, 11, 26)


def drawn(*calls: int) -> str:
    page = Template("{% load sparkline %}{% sparkline series %}")
    return page.render(Context({"series": Series(TODAY, calls)}))


def test_it_says_how_many_and_when_most():
    assert 'aria-label="1,132 calls in 4 days, most on 24 Nov"' in drawn(0, 1000, 132, 0)


def test_of_several_busiest_days_it_names_the_latest():
    assert "2 calls in 3 days, most on 26 Nov" in drawn(1, 0, 1)


def test_one_call_is_not_called_most():
    assert "1 call in 2 days, on 26 Nov" in drawn(0, 1)


def test_no_call_is_no_bar_but_words():
    picture = drawn(0, 0, 0)
    assert "No calls in 3 days" in picture and "<path" not in picture


def test_one_call_among_thousands_stays_visible():
    heights = [int(h) for h in re.findall(r"v-(\d+)", drawn(1, 9000))]
    assert heights == [2, 24]


def test_nothing_inline_that_the_policy_forbids():
    assert "style" not in drawn(1, 2, 3) and "<script" not in drawn(1, 2, 3)
