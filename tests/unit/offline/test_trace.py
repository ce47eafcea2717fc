"""An error of a program in a folder shows the program's own lines that led there, and no others."""

from pathlib import Path

import pytest

from moorage.offline import EvaluationError, evaluate

HELPER = """\
import json

def size(x):
    return json.dumps(x["size"])

def again():
    return again()

def there(n):
    return back(n)

def back(n):
    return there(n)
"""


def error_of(folder: Path, program: str, **files: str) -> list[str]:
    """Evaluate a program; return the lines of its error."""
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "__main__.py").write_text(program)
    for name, text in {"helper": HELPER, **files}.items():
        (folder / f"{name}.py").write_text(text)
    with pytest.raises(EvaluationError) as caught:
        evaluate(folder)
    assert str(caught.value).startswith(f"{caught.value.message}\n  ")
    return str(caught.value).splitlines()


def test_every_frame_of_the_program_the_innermost_last(tmp_path: Path) -> None:
    assert error_of(tmp_path, "import helper\n\nhelper.size({})\n") == [
        "KeyError: 'size'",
        "  __main__.py:3",
        "    helper.size({})",
        "  helper.py:4, in size",
        '    return json.dumps(x["size"])',
    ]


def test_in_an_apply(tmp_path: Path) -> None:
    program = (
        "import pulumi_aws as aws, helper\n"
        "aws.sqs.Queue('jobs').arn.apply(lambda arn: helper.size({}))\n"
        "aws.sqs.Queue('other')\n"
    )
    assert error_of(tmp_path, program) == [
        "KeyError: 'size'",
        "  __main__.py:2, in <lambda>",
        "    aws.sqs.Queue('jobs').arn.apply(lambda arn: helper.size({}))",
        "  helper.py:4, in size",
        '    return json.dumps(x["size"])',
    ]


def test_an_argument_that_a_component_refuses(tmp_path: Path) -> None:
    lines = error_of(tmp_path, "import moorage\nmoorage.EcsCluster('main', {'capacity': 'ec3'})\n")
    assert lines[0] == "EcsCluster 'main': 1 problem in its arguments"
    assert lines[2:] == ["  __main__.py:2", "    moorage.EcsCluster('main', {'capacity': 'ec3'})"]


def test_a_configuration_value_that_is_missing(tmp_path: Path) -> None:
    lines = error_of(tmp_path, "import pulumi\n\nsize = pulumi.Config().require('size')\n")
    assert lines[0] == "Missing required configuration variable 'shop:size'"
    assert lines[2:] == ["  __main__.py:3", "    size = pulumi.Config().require('size')"]


def test_a_program_that_is_not_python(tmp_path: Path) -> None:
    assert error_of(tmp_path, "import json\n\nx = = 1\n") == [
        "SyntaxError: invalid syntax",
        "  __main__.py:3",
        "    x = = 1",
        "        ^",
    ]


def test_an_imported_module_that_is_not_python(tmp_path: Path) -> None:
    assert error_of(tmp_path, "import broken\n", broken="x = [1, 2\n") == [
        "SyntaxError: '[' was never closed",
        "  __main__.py:1",
        "    import broken",
        "  broken.py:1",
        "    x = [1, 2",
        "        ^",
    ]


def test_a_module_that_is_missing(tmp_path: Path) -> None:
    assert error_of(tmp_path, "import no_such_module\n") == [
        "ModuleNotFoundError: No module named 'no_such_module'",
        "  __main__.py:1",
        "    import no_such_module",
    ]


def test_an_exit(tmp_path: Path) -> None:
    assert error_of(tmp_path, "import sys\nsys.exit('no region')\n") == [
        "no region",
        "  __main__.py:2",
        "    sys.exit('no region')",
    ]


def test_a_recursion_is_one_line(tmp_path: Path) -> None:
    lines = error_of(tmp_path, "import helper\nhelper.again()\n")
    assert lines[0] == "RecursionError: maximum recursion depth exceeded"
    assert lines[1:3] == ["  __main__.py:2", "    helper.again()"]
    assert lines[3].startswith("  helper.py:7, in again (")
    assert lines[4:] == ["    return again()"]


def test_of_many_frames_the_first_and_the_last(tmp_path: Path) -> None:
    lines = error_of(tmp_path, "import helper\nhelper.there(1)\n")
    places = [line for line in lines[1:] if not line.startswith("    ")]
    assert len(places) == 11
    assert places[0] == "  __main__.py:2"
    assert places[5].startswith("  ... ")
    assert {place for place in places[1:] if place != places[5]} == {
        "  helper.py:10, in there",
        "  helper.py:13, in back",
    }


def test_libraries_inside_the_project_are_not_the_program(tmp_path: Path) -> None:
    library = tmp_path / ".venv" / "lib" / "site-packages"
    library.mkdir(parents=True)
    (library / "a_library.py").write_text("def fail():\n    raise RuntimeError('inside')\n")
    program = "import sys\nsys.path.append('.venv/lib/site-packages')\nimport a_library\na_library.fail()\n"
    assert error_of(tmp_path, program) == ["RuntimeError: inside", "  __main__.py:4", "    a_library.fail()"]


def test_a_main_in_a_subfolder_is_named_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\nmain: infra\n")
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "__main__.py").write_text("1 / 0\n")
    with pytest.raises(
        EvaluationError, match=r"^ZeroDivisionError: division by zero\n  infra/__main__.py:1\n"
    ):
        evaluate(tmp_path)
