"""Pages whose statement counts and reads at once."""

from django.core.paginator import Paginator

ALL_THERE_COULD_BE = range(10**9)


def first_of(asked: str | None, number: int) -> int:
    """Where the asked page of so many rows begins (counted from 0), before anybody knows how many there are."""
    return (Paginator(ALL_THERE_COULD_BE, number).get_page(asked).number - 1) * number
