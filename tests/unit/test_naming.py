import re

import pytest

from model_cicd.aws import naming

LIMITS = {name: value for name, value in vars(naming).items() if isinstance(value, naming.Limit)}


def test_fit_leaves_short_names_alone_and_cuts_long_ones_with_a_hash() -> None:
    assert naming.fit("a" * 64, 64) == "a" * 64
    cut = naming.fit("a" * 65, 64)
    assert len(cut) == 64
    assert re.fullmatch(r"a{55}-[0-9a-f]{8}", cut)


def test_fit_keeps_names_apart_that_differ_only_where_they_are_cut() -> None:
    names = {naming.fit("x" * 70 + str(number), 64) for number in range(500)}
    assert len(names) == 500


def test_the_same_name_is_cut_the_same_way_everywhere() -> None:
    # fixed: a change of the algorithm would rename every resource that users have deployed
    name = naming.join("project-local-models-price", "production", limit=32, keep="-start")
    assert name == "project-producti-c6800019-start"
    assert naming.short_hash("project") == "244210e4"


def test_join_keeps_every_part_recognisable() -> None:
    name = naming.join("a" * 80, "group", limit=40, keep="-role")
    assert len(name) == 40
    assert re.fullmatch(r"a+-group-[0-9a-f]{8}-role", name)


def test_join_uses_the_last_separator_and_stays_unambiguous() -> None:
    one = naming.join("p", "a", "b-c", limit=64, last=".")
    other = naming.join("p", "a-b", "c", limit=64, last=".")
    assert (one, other) == ("p-a.b-c", "p-a-b.c")


def test_join_refuses_a_limit_without_room() -> None:
    with pytest.raises(ValueError, match="cannot be cut"):
        naming.join("abc", "def", limit=12, keep="-registry")


def test_marked_names_keep_their_mark_and_are_recognisable() -> None:
    assert naming.marked("p", "g", "e", limit=20, mark="-1234abcd") == "p-g-e-1234abcd"
    cut = naming.marked("p" * 80, "group", "live", limit=40, mark="-1234abcd")
    assert re.fullmatch(r"p{20}-group-live-1234abcd", cut)
    with pytest.raises(ValueError, match="cannot be cut"):
        naming.marked("abc", "def", limit=10, mark="-1234abcd")


def test_slug_adds_a_hash_only_where_something_was_replaced() -> None:
    assert naming.slug("a-b") == "a-b"
    assert re.fullmatch(r"a-b-[0-9a-f]{8}", naming.slug("a_b"))
    assert naming.slug("a_b") != naming.slug("a.b")
    assert re.fullmatch(r"ab-[0-9a-f]{8}", naming.slug("AB", lower=True))


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [
        ("ROLE", ["a" * 64, "a+=,.@_-"], ["a" * 65, "", "a b", "a/b"]),
        ("BUCKET", ["abc", "a-b-c", "a" * 63], ["ab", "a" * 64, "Abc", "a_b", "-ab", "ab-"]),
        ("STACK", ["a" * 128, "A-1"], ["1a", "a" * 129, "a_b", "a.b"]),
        ("PIPELINE", ["a" * 100, "a.b@c_d-e"], ["a" * 101, "a b", ""]),
        ("PROJECT", ["ab", "a" * 150], ["a", "a" * 151, "-a", "a.b"]),
        ("RULE", ["a" * 64, "a.b_c"], ["a" * 65, "a b"]),
        ("MODEL_PACKAGE_GROUP", ["a", "a" * 63, "a--b"], ["a" * 64, "a_b", "-a", "a-"]),
        ("SAGEMAKER_PIPELINE", ["a" * 256], ["a" * 257, "a_b"]),
        ("KEY_ALIAS", ["alias/a-b/c_d"], ["a", "alias/aws/s3", "alias/" + "a" * 251]),
        ("PARAMETER", ["/a/b.c-d_e"], ["a", "/a//b", "/a b"]),
        ("ENDPOINT", ["a", "a" * 63, "a--b"], ["a" * 64, "a_b", "a.b", "-a", "a-", ""]),
        ("STATE_MACHINE", ["a" * 80, "a-b_c"], ["a" * 81, "a b", "a.b"]),
        ("STAGE", ["a" * 100, "a.b@c_d-e"], ["a" * 101, "a b", ""]),
        ("ALARM", ["a" * 255, "a b/c"], ["a" * 256, "", "é"]),
        ("LOG_GROUP", ["/aws/vendedlogs/a#b.c", "a" * 512], ["a" * 513, "a b", ""]),
        ("REPOSITORY", ["a.b_c-d", "a" * 100], ["a.git", "a" * 101, "a/b", ""]),
        ("GROUP", ["dev", "Prod-1", "a" * 63], ["a" * 64, "a_b", "-a", "a-", "a.b", "", "é"]),
    ],
)
def test_limits(limit: str, good: list[str], bad: list[str]) -> None:
    for name in good:
        assert LIMITS[limit].complaint(name) is None, name
    for name in bad:
        assert LIMITS[limit].complaint(name), name


def test_a_complaint_says_what_was_got_and_what_was_expected() -> None:
    complaint = naming.GROUP.complaint("x" * 70)
    assert complaint == "got 70 characters, expected at most 63 (the model package group is named after it)"
