"""The tests that docs/testing.md shows pass, in a project of their own."""

import re
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[3] / "docs" / "testing.md"


def test_the_guide(pytester: pytest.Pytester) -> None:
    files = re.findall(r"^```python\n# ([\w.]+)\n(.*?)^```$", GUIDE.read_text(), re.M | re.S)
    assert [name for name, _ in files] == ["worker.py", "conftest.py", "test_worker.py"]
    for name, text in files:
        (pytester.path / name).write_text(text)

    pytester.runpytest_inprocess("--moorage-update-golden").assert_outcomes(passed=5)
    pytester.runpytest_inprocess().assert_outcomes(passed=5)
