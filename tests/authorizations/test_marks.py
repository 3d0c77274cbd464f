"""Used, used for less, never used: what is said about a permission is what was seen, no more."""

from datetime import date

from authorizations.usage.marks import Mark, never_used, permission_uses
from authorizations.usage.reading import FacetUse

DAY = date(2026, 11, 12)


def uses(granted, **calls):
    needed = [FacetUse(name.replace("__", "."), n, n, DAY) for name, n in calls.items()]
    return permission_uses(granted, needed)


def marks(granted, **calls):
    return {scope: use.mark for scope, use in uses(granted, **calls).items()}


def test_a_call_marks_the_permission_it_needed():
    found = uses(["vso.profile", "vso.project"], vso__profile=12)
    assert (found["vso.profile"].mark, found["vso.profile"].calls, found["vso.profile"].last) == (Mark.USED, 12, DAY)
    assert never_used(found) == ("vso.project",)


def test_a_larger_permission_is_used_for_less_when_only_a_part_was_needed():
    found = uses(["vso.code_manage"], vso__code=3)["vso.code_manage"]
    assert found.mark is Mark.SMALLER and found.parts == ("vso.code",)


def test_where_the_smaller_is_granted_too_the_larger_was_not_needed():
    assert marks(["vso.code", "vso.code_write"], vso__code=3) == {
        "vso.code": Mark.USED,
        "vso.code_write": Mark.NEVER,
    }


def test_a_part_of_a_larger_one_is_not_said_to_be_unused():
    found = uses(["vso.code", "vso.code_write"], vso__code_write=1)
    assert found["vso.code"].mark is Mark.INCLUDED and found["vso.code"].included_in == ("vso.code_write",)
    assert never_used(found) == ()


def test_signing_in_is_not_counted_and_never_unused():
    assert marks(["openid", "offline_access", "vso.work"])["openid"] is Mark.UNCOUNTED
    assert never_used(uses(["openid", "offline_access", "vso.work"])) == ("vso.work",)


def test_full_access_is_used_for_what_nothing_smaller_gives():
    found = marks(["user_impersonation", "vso.work"], vso__work=1)
    assert found == {"user_impersonation": Mark.NEVER, "vso.work": Mark.USED}
    assert marks(["user_impersonation"], vso__work=1) == {"user_impersonation": Mark.SMALLER}


def test_use_of_a_permission_that_was_dropped_since_counts_for_nothing():
    assert marks(["vso.work"], vso__code=9) == {"vso.work": Mark.NEVER}
