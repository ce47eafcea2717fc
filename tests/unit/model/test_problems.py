import pytest

from moorage.model.problems import Problems


def test_nothing_wrong_raises_nothing() -> None:
    Problems("ContainerApp", "web").raise_if_any()


def test_every_problem_in_one_error_each_once() -> None:
    problems = Problems("ContainerApp", "web")
    problems.add("port", 70000, "must be from 1 to 65535")
    problems.say("cluster", "is required")
    problems.say("cluster", "is required")
    assert len(problems) == 2
    with pytest.raises(ValueError, match="2 problems") as caught:
        problems.raise_if_any()
    assert str(caught.value) == (
        "ContainerApp 'web': 2 problems in its arguments\n"
        "  - port: 70000: must be from 1 to 65535\n"
        "  - cluster: is required"
    )


def test_one_problem_in_the_singular() -> None:
    problems = Problems("Network", "n")
    problems.say("vpc_id", "is required")
    with pytest.raises(ValueError, match="1 problem in its arguments"):
        problems.raise_if_any()


def test_a_long_value_is_cut_and_a_float_shown_as_whole() -> None:
    problems = Problems("Network", "n")
    problems.add("a", "x" * 500, "must be short")
    problems.add("b", 8080.0, "must be small")
    with pytest.raises(ValueError, match="2 problems") as caught:
        problems.raise_if_any()
    _, first, second = str(caught.value).splitlines()
    assert len(first) < 120
    assert second == "  - b: 8080: must be small"
