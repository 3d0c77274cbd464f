"""What names and hosts look like to a person: imitations are refused or must be meant."""

import pytest

from oauthapps import hosts, lookalikes, names

RESERVED = ["Gatehouse", "Microsoft", "Azure DevOps"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PayPal", "PayPaI"),  # capital i
        ("PayPal", "PayPa1"),
        ("Gatehouse", "G\u0430tehouse"),  # Cyrillic a
        ("Gatehouse", "GATE-HOUSE"),
        ("Gatehouse", "Gáte house."),
        ("Gatehouse", "Ｇａｔｅｈｏｕｓｅ"),
        ("Microsoft", "Micros0ft"),
        ("Modern", "Modem"),
        ("Apple", "\u0430\u0440\u0440\u04cf\u0435"),
        ("MICROSOFT", "microsoft"),
    ],
)
def test_names_that_look_the_same_have_one_skeleton(one, other):
    assert lookalikes.skeleton(one) == lookalikes.skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Ledger 2", "Ledger 3"), ("C++", "C#"), ("Ledger", "Lodger"), ("日本", "日中")]
)
def test_names_that_differ_to_the_eye_have_different_skeletons(one, other):
    assert lookalikes.skeleton(one) != lookalikes.skeleton(other)


@pytest.mark.parametrize(
    "name", ["Ledger", "Яндекс Music", "日本語アプリ", "Café", "3M", "α-Tools", "👩‍💻 Dev", "می‌خواهم", "C++"]
)
def test_a_name_in_any_language_is_possible(name):
    assert names.check_name(name, most=100) == name


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("P\u0430ypal", "mixes Cyrillic and Latin"),
        ("abc\u202efdp.exe", "reading direction"),
        ("abc\u2066x\u2069", "reading direction"),
        ("a\u200db", "cannot see"),
        ("a\u200bb", "cannot see"),
        ("a\x00b", "cannot see"),
        ("a\x1b[2Jb", "cannot see"),
        ("a\u2028b", "cannot see"),
        ("\ue000", "cannot see"),
        ("\ud800", "cannot see"),
        ("\u3164", "cannot see"),
        ("...", "letters or digits"),
        ("Z" + "\u0300" * 9, "marks"),
        ("x" * 101, "at most 100"),
    ],
)
def test_a_name_that_hides_reorders_or_mixes_is_refused_in_words(name, says):
    with pytest.raises(names.NameProblem, match=says):
        names.check_name(name, most=100)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Gatehouse", ("Gatehouse", True)),
        ("The Gate House app", ("Gatehouse", False)),
        ("Micros0ft Teams", ("Microsoft", False)),
        ("Reports for Azure DevOps", ("Azure DevOps", False)),
        ("Gatehouses", None),
        ("Microsoftly", None),
    ],
)
def test_a_reserved_name_is_found_as_a_whole_and_inside(name, found):
    assert names.reserved(name, RESERVED) == found


@pytest.mark.parametrize(
    ("host", "ascii_form", "reads"),
    [
        ("bücher.example", "xn--bcher-kva.example", "bucher.example"),
        ("\u0430\u0440\u0440\u04cf\u0435.com", "xn--80ak6aa92e.com", "apple.com"),
        ("xn--80ak6aa92e.com", "xn--80ak6aa92e.com", "apple.com"),
        ("日本.jp", "xn--wgv71a.jp", ""),
    ],
)
def test_an_international_host_is_flagged_with_the_form_that_is_sent(host, ascii_form, reads):
    said = hosts.warning(host)
    assert ascii_form in said and (f"reads “{reads}”" in said if reads else "reads" not in said)


@pytest.mark.parametrize("host", ["p\u0430ypal.com", "xn--pypal-4ve.com", "xn--zzzzzzz---.com", "bücher..example"])
def test_a_host_that_mixes_scripts_or_is_none_is_refused(host):
    with pytest.raises(hosts.HostProblem):
        hosts.warning(host)


@pytest.mark.parametrize("host", ["app.example.com", "localhost", "127.0.0.1", "::1"])
def test_a_plain_host_raises_no_flag(host):
    assert hosts.warning(host) == ""
