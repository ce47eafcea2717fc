"""Dockerfiles: what is refused, what a stage is and runs, which sources are missing.

Which are refused, and the line, was also asked of BuildKit v0.34's own parser (frontend/dockerfile/parser and
instructions).
"""

from collections.abc import Mapping
from pathlib import Path

import pytest

from moorage.model.build_context import BuildContext
from moorage.model.dockerfile import (
    DockerfileError,
    Fault,
    Stage,
    read,
    review,
    runs_on_target,
    stages,
    target_of,
)


def parse(text: str, build_args: Mapping[str, str], target: str | None = None) -> Stage:
    return target_of(stages(read(text), build_args), target)


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
    # An ARG before the first FROM is known in a stage that declares it again.
    assert stage.env == {"A": "1", "B": "two words", "C": "-", "OLD": "value with spaces"}
    assert (stage.entry_point, stage.command, stage.workdir) == (
        ("tini", "--"),
        ("python", "-m", "app"),
        "/srv/app",
    )


def test_a_target_by_name() -> None:
    text = "FROM a AS one\nCMD one\nFROM b AS Two\nCMD two\n"
    assert parse(text, {}, "one").command == ("/bin/sh", "-c", "one")
    assert parse(text, {}, "TWO").command == ("/bin/sh", "-c", "two")
    with pytest.raises(
        ValueError, match=r"^'tow' is not a stage .*; did you mean 'two'\? the stages are one, two$"
    ):
        parse(text, {}, "tow")
    # BuildKit knows targets by name only.
    with pytest.raises(ValueError, match="'0' is not a stage"):
        parse(text, {}, "0")


def test_an_entry_point_resets_an_inherited_command_not_its_own() -> None:
    base = 'FROM a AS base\nCMD ["serve"]\nFROM base\n'
    assert parse(base + 'ENTRYPOINT ["tini"]\n', {}).command == ()
    assert parse(base + 'CMD ["run"]\nENTRYPOINT ["tini"]\n', {}).command == ("run",)


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


ACCEPTED = [
    "from scratch",
    "# syntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN x `\n y",
    "ARG V=1\nFROM a:$V AS b-1.x_y\nFROM b-1.x_y",
    "FROM a\nRUN <<A cat <<-B\nFOO\nA\n\tBAR\n\tB",
    "FROM a\nRUN echo \\\n  # comment\n\n  foo",
    'FROM a\nRUN echo "<<EOF"',
    "FROM a\nRUN cat << -A\nFOO\n-A",
    "FROM a\nRUN cat <<''\nRUN echo \\<< EOF",
    "FROM a\nRUN <<EOF cat > ${A#\\v}\nFOO\nEOF",
    "FROM a\nRUN cat ${A:-\\ <<EOF }\nFOO\nEOF",
    "FROM a\nRUN cat ${A <<EOF\nRUN x",
    "FROM a\nRUN cat\x1c<<EOF\\\x1c\nFOO\nEOF\x1c",
    "# \u017fyntax=docker/dockerfile:1\n# escape=`\nFROM a\nRUN x \\\n y",
    "FROM a\nRUN ['a']\nCMD []\nENTRYPOINT x",
    "FROM a\nCOPY --from=x --chown=1 --link --exclude=a --exclude=b a b",
    'FROM a\nCOPY ["a b", "c"]\nCOPY <<EOF /x\nFOO\nEOF',
    "FROM a\nADD --keep-git-dir=true --checksum=sha256:1 https://example.com/x.git /y",
    "FROM a\nENV A 1 2\nENV B=\"x y\" C='z' D=e\\ f\nLABEL a=b",
    "FROM a\nHEALTHCHECK --interval=5s --retries=3 CMD x\nHEALTHCHECK NONE",
    "FROM a\nONBUILD FOO\nSTOPSIGNAL --x 9\nVOLUME /a /b",
    "FROM a\nRUN --mount=type=secret,id=x --network=none --security=insecure ls",
    "\ufeffFROM a\r\nRUN x\r\n",
    # Another frontend reads it, and knows more.
    "# syntax=example.com/frontend\nFOO",
    "# syntax=docker/dockerfile:1.99\nFROM a\nCOPY --new a b",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_what_buildkit_accepts(text: str) -> None:
    assert read(text) is not None


REFUSED = [
    ("", 1, "no instruction"),
    ("# only\n# comments", 2, "no instruction"),
    ("ARG A", 1, "no FROM"),
    ("# x\n\nRUN x\nFROM a", 3, "RUN before the first FROM"),
    ("FROM a\n\nRUN x \\\n  y\nRUNN z", 5, "unknown instruction RUNN; did you mean RUN?"),
    ("FROM a\nRUN <<EOF\nx\nEOF\nfoo", 5, "unknown instruction FOO"),
    ("# syntax=docker/dockerfile:1.4\nFROM a\nFORM b", 3, "unknown instruction FORM"),
    ("FROM a b", 1, "one or three arguments"),
    ("FROM a AS 1b", 1, "stage name '1b'"),
    ("FROM --foo a", 1, "unknown flag --foo"),
    ("FROM a\nCOPY x", 2, "at least two arguments"),
    ("FROM a\nCOPY --link=maybe x y", 2, "must be true or false"),
    ("FROM a\nCOPY --from x y", 2, "--from needs a value"),
    ("FROM a\nCOPY --chown=1 --chown=2 x y", 2, "--chown is given twice"),
    ("FROM a\nCOPY x <<EOF\nEOF", 2, "cannot be the destination"),
    ("FROM a\nRUN <<EOF\nx", 2, "here-document EOF is not closed"),
    ('FROM a\nCMD ["a", 1]', 2, "only strings"),
    ("FROM a\nRUN --network=foo x", 2, "must be default or none or host"),
    ("FROM a\nRUN --mount=from=$x x", 2, "must not have a variable"),
    ("FROM a\nENV A", 2, "ENV must have two arguments"),
    ("FROM a\nENV A=1 B", 2, "'B' has no ="),
    ("FROM a\nENV", 2, "at least one argument"),
    ("FROM a\nARG =x", 2, "a name is missing"),
    ("FROM a\nSHELL sh -c", 2, "SHELL requires an array"),
    ("FROM a\nHEALTHCHECK FOO", 2, "must be CMD or NONE"),
    ("FROM a\nHEALTHCHECK --interval=5 CMD x", 2, "must be 0, or a duration"),
    ("FROM a\nONBUILD FROM b", 2, "FROM is not allowed as a trigger"),
    ("FROM a\nWORKDIR", 2, "exactly one argument"),
    ('FROM a\nVOLUME [""]', 2, "a path is empty"),
    ("# escape=x\nFROM a", 1, "escape: 'x'"),
    ("# escape=`\n# escape=`\nFROM a", 2, "second escape directive"),
]


@pytest.mark.parametrize(("text", "line", "reason"), REFUSED)
def test_what_buildkit_refuses_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(DockerfileError) as refused:
        read(text)
    assert refused.value.line == line
    assert str(refused.value).startswith(f"line {line}: ")
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("$A-${A}", "one-one"),
        ("${NONE:-${A}x}", "onex"),
        ("${EMPTY-x}${EMPTY:-y}", "y"),
        ("${A:+z}${NONE:+z}", "z"),
        ("'$A' \"$A\" \\$A", "$A one $A"),
        ("${PATHS#*/}|${PATHS##*/}", "b/c.txt|c.txt"),
        ("${PATHS%/*}|${PATHS%%/*}", "a/b|a"),
        ("${PATHS/b/X}|${PATHS//[/-}", "a/X/c.txt|a/b/c.txt"),
    ],
)
def test_variables(word: str, value: str) -> None:
    text = f"FROM scratch\nENV A=one EMPTY= PATHS=a/b/c.txt\nWORKDIR /{word}"
    assert parse(text, {}).workdir == f"/{value}"


def write(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()


def faults(folder: Path, text: str, target: str | None = None, **build_args: str) -> list[Fault]:
    return list(review(text, BuildContext(folder, "Dockerfile"), target, build_args))


def missing(folder: Path, *lines: str, **build_args: str) -> list[str]:
    return [fault.text for fault in faults(folder, "\n".join(("FROM a", *lines)), **build_args)]


def test_sources_that_are_not_in_the_context(tmp_path: Path) -> None:
    write(tmp_path, "a", "d/b")
    assert missing(tmp_path, "COPY a d /x/", "COPY d/b ./d/../a /x/", "ADD . /x", 'COPY ["a", "/x"]') == []
    assert missing(tmp_path, "RUN x", "COPY a gone /x/", "ADD ../a2 /") == [
        "line 3: COPY gone: not in the build context",
        "line 4: ADD ../a2: not in the build context; .. does not leave it",
    ]


def test_what_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("elsewhere")
    assert (
        missing(
            tmp_path,
            "COPY requirements.tx[t] *.md /",
            "ADD https://example.com/x git@github.com:a/b.git https://github.com/a/b.git#v1 /",
            "COPY <<EOF /x\nhi\nEOF",
            "COPY --from=busybox /bin/gone /",
            "COPY $FROM_THE_BASE/x /",
            "ARG TARGETARCH",
            "COPY bin/$TARGETARCH /",
            "COPY link/x /",
        )
        == []
    )


def test_variables_in_sources(tmp_path: Path) -> None:
    write(tmp_path, "v1/a")
    lines = ("ARG V=1", "ENV D=v${V}", "COPY $D/a /")
    assert missing(tmp_path, *lines) == []
    assert missing(tmp_path, *lines, V="2") == ["line 4: COPY v2/a: not in the build context"]


@pytest.mark.parametrize("base", ["a", "scratch"])
@pytest.mark.parametrize(
    "lines",
    [
        ["ARG A=x", "COPY $A /"],
        ["ARG A", "ARG B=$A", "COPY $B /"],
        ["ARG A", "ENV E=$A/x", "COPY $E /"],
        ["ARG A", "ENV E=$A", "ENV E=here", "COPY $E /"],
        ["ARG A", "FROM first", "COPY $A /"],
        ["ARG TARGETARCH", "COPY bin/$TARGETARCH /"],
    ],
)
def test_values_that_are_not_known(tmp_path: Path, base: str, lines: list[str]) -> None:
    write(tmp_path, "here")
    text = "\n".join(("ARG A=y", f"FROM {base} AS first", *lines))
    context = BuildContext(tmp_path, "Dockerfile")
    assert list(review(text, context, None, {"A": None})) == []


def test_a_base_that_is_not_known_may_set_anything(tmp_path: Path) -> None:
    text = "ARG BASE=scratch\nFROM $BASE\nCOPY x$UNSET /\nCOPY gone /"
    found = review(text, BuildContext(tmp_path, "Dockerfile"), None, {"BASE": None})
    assert [fault.text for fault in found] == ["line 4: COPY gone: not in the build context"]


def test_a_variable_from_the_base_stays_not_known_in_another(tmp_path: Path) -> None:
    assert missing(tmp_path, "ENV D=$FROM_THE_BASE/x", "COPY $D /", "COPY gone /") == [
        "line 4: COPY gone: not in the build context"
    ]


def test_sources_that_patterns_exclude(tmp_path: Path) -> None:
    write(tmp_path, "secret.txt", "docs/a.md", "logs/x/y", "logs/z")
    (tmp_path / ".dockerignore").write_text("# x\n*.txt\ndocs\nlogs\n!logs/x\nDockerfile\n")
    assert missing(tmp_path, "COPY secret.txt docs /x/", "COPY logs logs/x /y/", "COPY gone.txt /") == [
        "line 2: COPY secret.txt: excluded by .dockerignore line 2 (*.txt)",
        "line 2: COPY docs: excluded by .dockerignore line 3 (docs)",
        "line 4: COPY gone.txt: excluded by .dockerignore line 2 (*.txt)",
    ]
    # The builder reads it, and does not copy it.
    write(tmp_path, "Dockerfile")
    assert missing(tmp_path, "COPY Dockerfile /") == [
        "line 2: COPY Dockerfile: excluded by .dockerignore line 6 (Dockerfile)"
    ]


def test_only_stages_that_are_built_count(tmp_path: Path) -> None:
    text = """FROM a AS base
COPY gone1 /
FROM a AS tools
COPY gone2 /
FROM base AS test
RUN --mount=type=bind,from=tools,target=/t x
FROM a AS unused
COPY gone3 /
FROM a
COPY --from=base /x /
"""
    lines = {
        target: [fault.text.split(":")[0] for fault in faults(tmp_path, text, target)]
        for target in (None, "test")
    }
    assert lines == {None: ["line 2"], "test": ["line 2", "line 4"]}


@pytest.mark.parametrize(
    ("text", "emulated"),
    [
        ("FROM a\nCOPY x /x\n", False),
        ("FROM a\nRUN x\n", True),
        ("FROM --platform=$BUILDPLATFORM a AS b\nRUN x\nFROM a\nCOPY --from=b /x /x\n", False),
        ("FROM --platform=$TARGETPLATFORM a\nRUN x\n", True),
        ("FROM --platform=linux/amd64 a AS b\nRUN x\nFROM b\nRUN y\n", False),
        ("FROM a AS b\nRUN x\nFROM a\nCOPY --from=b /x /x\n", True),
        ("FROM a AS unused\nRUN x\nFROM a\nCOPY x /x\n", False),
    ],
)
def test_which_builds_run_programs_of_the_image(text: str, emulated: bool) -> None:
    assert runs_on_target(parse(text, {})) is emulated


def test_the_sample_is_built_without_emulation(root: Path) -> None:
    assert not runs_on_target(parse((root / "app" / "Dockerfile").read_text(), {}))
