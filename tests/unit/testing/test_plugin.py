"""The pytest plugin, as a user's project loads it."""

import pytest

pytest_plugins = "pytester"

PROGRAM = """
import pulumi, pulumi_aws as aws
config = pulumi.Config()
aws.sqs.Queue(config.get("queue") or "jobs", visibility_timeout_seconds=30)
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A user's project with a program."""
    pytester.makefile(".yaml", Pulumi="name: shop\nruntime: python\n")
    pytester.makepyfile(__main__=PROGRAM)
    return pytester


def test_a_folder_and_a_function_are_evaluated(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import pulumi_aws as aws

        QUEUE = "aws:sqs/queue:Queue"

        def test_folder(moorage_evaluate):
            graph = moorage_evaluate(".", stack="prod", config={"queue": "work"})
            assert (graph.project, graph.stack) == ("shop", "prod")
            assert graph.one(QUEUE).name == "work"

        def test_function(moorage_evaluate):
            graph = moorage_evaluate(lambda: aws.sqs.Queue("mine"), preview=True)
            assert graph.one(QUEUE).id == ""
        """
    )
    project.runpytest_subprocess().assert_outcomes(passed=2)


def test_fixtures_of_the_short_names_belong_to_the_project_unless_it_asks_for_ours(
    project: pytest.Pytester,
) -> None:
    project.makeconftest(
        """
        import pytest

        def pytest_addoption(parser):
            parser.addoption("--update-golden", action="store_true")

        @pytest.fixture
        def evaluate():
            return 5

        @pytest.fixture
        def golden():
            return 6
        """
    )
    project.makepyfile("def test_own(evaluate, golden):\n    assert (evaluate, golden) == (5, 6)\n")
    project.runpytest_subprocess().assert_outcomes(passed=1)
    project.makeconftest('pytest_plugins = "moorage.testing.short_names"')
    project.makepyfile(
        "def test_ours(evaluate, moorage_evaluate):\n    assert evaluate is moorage_evaluate\n"
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_golden_files_are_written_compared_and_missed(project: pytest.Pytester) -> None:
    test = project.makepyfile(
        """
        import pulumi, pulumi_aws as aws

        def test_graph(moorage_evaluate, moorage_golden):
            def program():
                aws.ssm.Parameter("key", type="SecureString", value=pulumi.Output.secret("hunter22"))
            moorage_golden(moorage_evaluate(program), "program.json")
        """
    )
    file = project.path / "golden" / "program.json"
    missing = project.runpytest_inprocess()
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines("*does not exist; run `pytest --moorage-update-golden` to write it*")

    project.runpytest_inprocess("--moorage-update-golden").assert_outcomes(passed=1)
    assert '"value": "[secret]"' in file.read_text()
    project.runpytest_inprocess().assert_outcomes(passed=1)

    test.write_text(test.read_text().replace('"SecureString"', '"String"'))
    other = project.runpytest_inprocess()
    other.assert_outcomes(failed=1)
    other.stdout.fnmatch_lines(["E*-*SecureString*", "E*+*String*"])
    assert "hunter22" not in file.read_text()


def test_nothing_of_pulumi_is_imported_until_it_is_used(project: pytest.Pytester) -> None:
    project.makepyfile("import sys\ndef test_light(): assert 'pulumi' not in sys.modules")
    project.runpytest_subprocess().assert_outcomes(passed=1)
