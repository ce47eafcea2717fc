"""What a Dockerfile says about running."""

import pytest
from moorage.local.runner.dockerfile import parse


def test_the_last_stage_with_what_it_inherits() -> None:
    stage = parse(
        """# syntax=docker/dockerfile:1
ARG BASE=python:3.12
FROM ${BASE} AS base
ENV A=1 B="two words" \\
    C=$A-$BASE
WORKDIR /srv
ENTRYPOINT ["tini", "--"]
FROM base AS final
WORKDIR app
ENV OLD value with spaces
# a comment
CMD ["python", "-m", "app"]
""",
        {"BASE": "python:3.13"},
    )
    assert stage.base == "python:3.13"
    assert stage.env == {"A": "1", "B": "two words", "C": "-python:3.13", "OLD": "value with spaces"}
    assert (stage.entry_point, stage.command, stage.workdir) == (
        ("tini", "--"),
        ("python", "-m", "app"),
        "/srv/app",
    )


def test_a_target_by_name_or_number() -> None:
    text = "FROM a AS one\nCMD one\nFROM b AS Two\nCMD two\n"
    assert parse(text, {}, "one").command == ("/bin/sh", "-c", "one")
    assert parse(text, {}, "TWO").command == ("/bin/sh", "-c", "two")
    assert parse(text, {}, "0").command == ("/bin/sh", "-c", "one")
    with pytest.raises(ValueError, match="no stage called 'three'"):
        parse(text, {}, "three")
    with pytest.raises(ValueError, match="no FROM"):
        parse("# nothing\n", {})


def test_shell_heredocs_arguments_and_lower_case() -> None:
    stage = parse(
        """from scratch
ARG PORT=80
ARG UNSET
ENV PORT=${PORT} WITH=${NOPE:-default} IF=${PORT:+yes}
SHELL ["/bin/bash", "-c"]
RUN <<EOF
CMD ["not", "this"]
EOF
COPY <<-"END" /x
ENTRYPOINT ["nor this"]
END
CMD exec serve --port $PORT
""",
        {"PORT": "8081"},
    )
    assert stage.env == {"PORT": "8081", "WITH": "default", "IF": "yes"}
    assert stage.command == ("/bin/bash", "-c", "exec serve --port $PORT")
    assert stage.entry_point == ()


def test_something_in_brackets_that_is_no_json_is_for_the_shell() -> None:
    assert parse("FROM x\nCMD ['single', 'quotes']\n", {}).command == (
        "/bin/sh",
        "-c",
        "['single', 'quotes']",
    )
