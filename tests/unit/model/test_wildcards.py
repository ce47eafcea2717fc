import pytest

from moorage.model.wildcards import covers, overlap, wildcard


@pytest.mark.parametrize(
    ("wide", "narrow", "expected"),
    [
        ("/api/*", "/api/users", True),
        ("/api/*", "/api/*", True),
        ("/api/*", "/api/users/*", True),
        ("/api/users/*", "/api/*", False),
        ("/api/*", "/api", False),
        ("*", "?*", True),
        ("/*/a", "/*b/a", True),
        ("/*b/a", "/*/a", False),
        ("/a?", "/ab", True),
        ("/a?", "/a*", False),
        ("/a?c", "/a?c", True),
        ("/a?", "/a", False),
        ("*.example.com", "notes.example.com", True),
        ("*.example.com", "*.eu.example.com", True),
        ("*.example.com", "example.com", False),
        (r"/a\*", "/ab", False),
        (r"/a\*", "/a*", False),
        ("/a*", r"/a\*", True),
        ("/a", "/b", False),
    ],
)
def test_one_pattern_takes_all_that_another_takes(wide: str, narrow: str, expected: bool) -> None:
    assert covers(wide, narrow) is expected


def test_case_is_told_apart_unless_it_is_not_to_be() -> None:
    assert not covers("/API/*", "/api/a")
    assert covers("*.Example.com", "notes.example.COM", ignore_case=True)
    assert wildcard("*.Example.com", ignore_case=True)("notes.example.com")
    assert not wildcard("/A", ignore_case=False)("/a")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("/a", "/a", True),
        ("/a", "/b", False),
        ("/a*", "/ab", True),
        ("/a*", "/*b", True),
        ("/a*c", "/b*c", False),
        ("/a?", "/*b", True),
        ("/a?", "/a", False),
        ("a*x", "ay*", True),
        ("*", "", True),
        ("a*", "*b*", True),
        ("a*b", "a", False),
    ],
)
def test_two_patterns_have_a_text_in_common(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected
