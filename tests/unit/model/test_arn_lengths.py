"""ARNs as long as they can be: account and region are not known, names are."""

from moorage.model.task_rights import (
    longest_log_group,
    longest_repository,
    longest_secret,
    longest_stored_secret,
)

PLACE = "ap-southeast-1:123456789012"


def test_a_name_gives_the_arn_in_the_longest_region() -> None:
    assert longest_secret("/notes/token") == f"arn:aws-us-gov:ssm:{PLACE}:parameter/notes/token"
    assert longest_secret("db#password") == f"arn:aws-us-gov:secretsmanager:{PLACE}:secret:db-??????"
    assert longest_log_group("/ecs/web") == f"arn:aws-us-gov:logs:{PLACE}:log-group:/ecs/web"
    assert (
        longest_repository("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/web:1")
        == "arn:aws-us-gov:ecr:eu-west-1:123456789012:repository/team/web"
    )


def test_an_arn_is_itself() -> None:
    arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/notes/token"
    assert longest_secret(arn) == arn


def test_what_is_an_output_is_not_known() -> None:
    assert longest_secret(object()) is None
    assert longest_log_group(None) is None
    assert longest_repository("nginx:1") is None


def test_a_stored_value_has_the_name_that_pulumi_gives_it() -> None:
    found = longest_stored_secret("web", "B") or ""
    # A hyphen and seven hexadecimal digits, then Secrets Manager's own six characters.
    stored = f"arn:aws-us-gov:secretsmanager:{PLACE}:secret:web-secret-B"
    assert len(found) == len(f"{stored}-0123abc-??????")
