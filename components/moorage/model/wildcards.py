r"""Patterns of listener rules ("Condition types for listener rules"): * is any run of characters, ? is one,
and \* and \? are literal."""

import re
from collections.abc import Callable
from functools import cache


def wildcard(pattern: str, ignore_case: bool) -> Callable[[str], object]:
    """Compile a pattern to a function that matches a whole string."""
    parts = (".*" if part == "*" else "." if part == "?" else re.escape(part[-1]) for part in _parts(pattern))
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0)).fullmatch


def _parts(pattern: str) -> list[str]:
    return re.findall(r"\\[*?]|.", pattern, re.DOTALL)


def covers(wide: str, narrow: str, ignore_case: bool = False) -> bool:
    """Return whether every string that matches `narrow` is sure to match `wide`."""
    if ignore_case:
        wide, narrow = wide.lower(), narrow.lower()
    if wide == narrow or wide == "*":
        return True
    if not _has_wildcard(wide) or not narrow.startswith(_beginning(wide)):
        return False
    if not _has_wildcard(narrow):
        return bool(_compiled(wide)(narrow))
    return _covers(_parts(wide), _parts(narrow))


def _has_wildcard(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


@cache
def _beginning(pattern: str) -> str:
    """Return the literal beginning of a pattern."""
    return re.split(r"[*?\\]", pattern, maxsplit=1)[0]


@cache
def _compiled(pattern: str) -> Callable[[str], object]:
    return wildcard(pattern, ignore_case=False)


def _covers(wide: list[str], narrow: list[str]) -> bool:
    """Match the narrow pattern itself, part by part: a * matches any of its parts, wildcards too."""
    reached = {0}
    for part in wide:
        if part == "*":
            reached = set(range(min(reached), len(narrow) + 1))
        else:
            matching = (
                narrow[at] == part or (part == "?" and narrow[at] != "*") for at in range(len(narrow))
            )
            reached = {at + 1 for at, matches in enumerate(matching) if matches and at in reached}
        if not reached:
            return False
    return len(narrow) in reached


def overlap(one: str, other: str) -> bool:
    """Return whether a string can match both patterns."""
    if not _has_wildcard(other):
        one, other = other, one
    if not _has_wildcard(one):
        return covers(other, one)
    first, second = _parts(one), _parts(other)
    ahead, seen = [(0, 0)], set[tuple[int, int]]()
    while ahead:
        at = i, j = ahead.pop()
        if at == (len(first), len(second)):
            return True
        if at in seen:
            continue
        seen.add(at)
        here = first[i] if i < len(first) else ""
        there = second[j] if j < len(second) else ""
        if here == "*":
            ahead += [(i + 1, j), (i, j + 1)] if there else [(i + 1, j)]
        if there == "*":
            ahead += [(i, j + 1), (i + 1, j)] if here else [(i, j + 1)]
        elif here and there and here != "*" and (here == there or "?" in (here, there)):
            ahead.append((i + 1, j + 1))
    return False
