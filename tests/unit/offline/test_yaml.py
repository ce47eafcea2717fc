"""What YAML allows and a configuration cannot hold is refused in one line, with file, line and key."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.files import write_anew

from moorage.cli import main
from moorage.offline import EvaluationError
from moorage.offline.project import load_project
from moorage.offline.yaml_text import load, text_of


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("config:\n  a:b:\n    1: 2", ':3:5: config.a:b: the key 1 is not a string; write it in quotes: "1"'),
        ("config:\n  a:b: {null: 2}", ':2:9: config.a:b: the key null is not a string; write it in quotes'),
        ("config:\n  a:b: {? [1] : 2}", ":2:11: config.a:b: a key must be a string, not a list or a mapping"),
        ("config: {a:b: [.inf]}", ":1:16: config.a:b[0]: not a number that JSON can hold; write it in"),
        ("config: {a:b: {c: .nan}}", ":1:19: config.a:b.c: not a number that JSON can hold"),
        ("config: {a:b: [1e400]}", ":1:16: config.a:b[0]: not a number that JSON can hold"),
        ("config: {a:b: [" + "9" * 400 + "]}", ":1:16: config.a:b[0]: not an integer of at most 64 bits"),
        ("config: {a:b: [" + "9" * 5000 + "]}", ":1:16: config.a:b[0]: not an integer of at most 64 bits"),
        ("config: {a:b: [!!int x]}", ":1:16: config.a:b[0]: not an integer of at most 64 bits"),
        ("config: {a:b: [!!bool yes]}", ":1:16: config.a:b[0]: not a boolean"),
        ('config:\n  a:b: "\\ud800"', ":2:8: a:b: the character U+D800 is not allowed"),
        ('config:\n  a:b: ["\\0"]', ":2:9: config.a:b[0]: the character U+0000 is not allowed"),
        ("config: {a:b: [!!timestamp 2020-01-01]}", "the type tag:yaml.org,2002:timestamp is not"),
        ("config: {a:b: [!!binary aGk=]}", "[0]: the type tag:yaml.org,2002:binary is not supported"),
        ("config: {a:b: !!set {x}}", "a:b: the type tag:yaml.org,2002:set is not supported"),
        ("config: {a:b: [!!python/name:os.system ]}", "2002:python/name:os.system is not"),
        ("config:\n  a:b: 1\n  a:b: 2", ":3:3: config: duplicate key 'a:b', first set in line 2"),
        ("config: {a:b: &x [*x]}", "config.a:b[0]: an alias cannot be inside the value that it refers to"),
        ("config: {a:b: " + "[" * 60 + "]" * 60 + "}", ": nested more than 50 levels deep"),
        ("config: {a:b: " + "[" * 5000, ": nested more than 50 levels deep"),
        ("config:\n\ta: b", ":2:1: not YAML: found character '\\t' that cannot start any token"),
        ("config:\n  a: b: c", ":2:7: not YAML: mapping values are not allowed here"),
        ("config: *x", ":1:9: not YAML: found undefined alias"),
        ("a: 1\n---\nb: 1", "not YAML: but found another document"),
        ("a: \x01", ":1: the character U+0001 is not allowed in YAML"),
        ("- a", ": must be a mapping of keys to values"),
    ],
)  # fmt: skip
def test_refused(tmp_path: Path, text: str, error: str) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(text)
    with pytest.raises(EvaluationError) as caught:
        load(file, {"config"})
    assert str(caught.value).startswith(f"{file}:")
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)


def test_aliases_cannot_make_a_small_file_huge(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.yaml"
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    file.write_text("\n".join(lines))
    with pytest.raises(
        EvaluationError, match=r"Pulumi\.yaml:5:5: a4: aliases expand to more than 100000 values"
    ):
        load(file)


def test_aliases_and_merge_keys_are_written_out(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(
        "base: &b {x:n: 007, x:m: [1]}\nconfig:\n  <<: *b\n  x:m: [2, 0x1F, 1.5, ~, 18446744073709551615]\n"
    )
    config = load(file, {"config"})["config"]
    assert {key: text_of(value) for key, value in config.items()} == {
        "x:n": "007",
        "x:m": "[2,31,1.5,null,18446744073709551615]",
    }


def test_plain_values_are_text_whatever_they_look_like(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(f"config: {{a: .inf, b: 1e400, c: {'9' * 400}, d: 2020-01-01, e: 1:30}}")
    assert load(file, {"config"})["config"] == {
        "a": ".inf", "b": "1e400", "c": "9" * 400, "d": "2020-01-01", "e": "1:30",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "error"), [(b"a: b\nc: \xff", ":2: not UTF-8"), (b"#" * (1 << 21), ": larger than 1 MiB")]
)
def test_bytes(tmp_path: Path, content: bytes, error: str) -> None:
    (tmp_path / "Pulumi.yaml").write_bytes(content)
    with pytest.raises(EvaluationError) as caught:
        load_project(tmp_path)
    assert str(caught.value) == f"{tmp_path}/Pulumi.yaml{error}"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").touch(mode=0)
    with pytest.raises(EvaluationError, match="Permission denied"):
        load_project(tmp_path)


@pytest.mark.parametrize(
    ("project", "error"),
    [
        ("stackConfigDir: 1", "'stackConfigDir' must be a string"),
        ("main: [a]", "project 'main' must be a string"),
        ("config: {a: {type: text}}", "key 'a': type must be one of string, integer, boolean, array, object"),
        ("config: {a: {type: array, items: x}}", "key 'a': items must be a mapping with the key 'type'"),
        (
            "config: {a: {type: array, items: {type: array, items: {type: 1}}}}",
            "key 'a': type must be one of",
        ),
    ],
)
def test_a_declaration_of_the_wrong_type(tmp_path: Path, project: str, error: str) -> None:
    (tmp_path / "__main__.py").touch()
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\n{project}\n")
    with pytest.raises(EvaluationError) as caught:
        load_project(tmp_path)
    assert error in str(caught.value)


def test_the_command_prints_the_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").touch()
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  shop:ec2:\n    1: 2\n")
    assert main(["plan", "--cwd", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        f"error: {tmp_path}/Pulumi.dev.yaml:3:5: config.shop:ec2: the key 1 is not a string; "
        'write it in quotes: "1"\n'
    )


LEAVES = st.sampled_from([
    "1", "-0", "0x1F", "007", "1e400", "-.inf", ".nan", "1.5", "true", "~", "''", '"\\ud800"', '"\\x00"',
    "2020-01-01", "string", "integer", "array", "object", "&a", "*a", "<<", "[", "]", "{", "}", "|", ">",
    "'", '"', "\\", "@", "`", "%", "?", "-", ":", "!", "#", "!!binary", "!!set", "!!int", "!!float",
    "!!int x", "!!set {a}", "é", "a: b", "{secure: x}", "{secure: [1]}", "{secure: {a: b}}", "\t", "\ufeff",
    "",
    "9" * 400, "9" * 5000,
])  # fmt: skip
NAMES = st.sampled_from([
    "name", "main", "type", "items", "default", "value", "secret", "a", "shop:a", "aws:region",
    "moorage:accept", "1", "null", "<<", "config",
])  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(NAMES, inner, max_size=4).map(
            lambda items: "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"
        )
    ),
    max_leaves=8,
)
SECTIONS = st.dictionaries(NAMES, VALUES, max_size=4).map(
    lambda items: "config:\n" + "\n".join(f"  {key}: {value}" for key, value in items.items())
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(head=st.dictionaries(NAMES, VALUES, max_size=1), declared=SECTIONS, stack=SECTIONS)
def test_any_files(
    tmp_path_factory: pytest.TempPathFactory, head: dict[str, str], declared: str, stack: str
) -> None:
    """The configuration is read, or an error of one line says what is wrong, whatever stands in the files."""
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    (folder / "__main__.py").touch()
    top = "\n".join(f"{key}: {value}" for key, value in ({"name": "shop"} | head).items())
    write_anew(folder / "Pulumi.yaml", f"{top}\n{declared}\n")
    write_anew(folder / "Pulumi.dev.yaml", stack)
    text = ""
    values: dict[str, str] = {}
    try:
        values = load_project(folder).configure("dev", {}).values
    except EvaluationError as error:
        text = str(error)
    assert "\n" not in text
    assert all(type(value) is str for value in values.values())
