"""Files read with their lines, within bounds; what the corpus of values has no place for."""

import os
from pathlib import Path

import pytest

from moorage.compose_file.dotenv import _raw, parse_env, read_env_file
from moorage.compose_file.files import MAX_BYTES, ComposeError
from moorage.compose_file.interpolation import (
    MAX_TOTAL,
    MAX_VALUE,
    Interpolation,
    InterpolationError,
    interpolate,
)
from moorage.compose_file.yaml_reader import load_file, load_text
from moorage.model.problems import Problems

VALUES = {"SET": "value", "TAG": "2"}


def test_unset_variables_are_named() -> None:
    unset: list[str] = []
    Interpolation(VALUES.get).substitute("$SET $A ${B} ${C:-x} ${D:-$E} ${F+$G}", unset.append)
    assert unset == ["A", "B", "E"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${UNSET:?give one}", "the variable UNSET is required: give one"),
        ("${UNSET?no $TAG}", "the variable UNSET is required: no 2"),
        ("a ${SET", "invalid interpolation at '${SET': ${ must be followed by a name"),
        ("${A:-" * 102 + "}" * 102, "more than 100 nested variables"),
    ],
)
def test_why_a_string_with_variables_is_refused(text: str, said: str) -> None:
    with pytest.raises(InterpolationError) as error:
        Interpolation(VALUES.get).substitute(text)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\nA B=2", ".env:2: must be NAME=value"),
        ("\n=2", ".env:2: must be NAME=value"),
        ('B=2\nA="x\n\n', '.env:2: the closing " is missing'),
        ("A='x\ny'\nB=hunter2${C", ".env:3: B: invalid interpolation at '${C': ${ must"),
    ],
)
def test_why_a_file_of_variables_is_refused(text: str, said: str) -> None:
    with pytest.raises(ComposeError) as error:
        parse_env(text, ".env", VALUES.get, {})
    assert said in str(error.value)


@pytest.mark.parametrize("before", ["hunter2", "x" * 300_000])
def test_a_value_is_not_shown_when_it_is_malformed(before: str) -> None:
    with pytest.raises(ComposeError) as error:
        parse_env(f"\nPW={before}${{{'y' * 300_000}", ".env", VALUES.get, {})
    shown = str(error.value)
    assert shown.startswith(f".env:2: PW: invalid interpolation at '${{{'y' * 28}'...: ${{ must be")
    assert before not in shown


def test_a_line_that_is_not_a_variable_is_not_shown() -> None:
    for parse in (parse_env, _raw):
        with pytest.raises(ComposeError, match=r"^\.env:1: must be NAME=value"):
            parse("MY SECRET", ".env", VALUES.get, {})


def test_why_a_variable_is_required_is_shown_in_part() -> None:
    with pytest.raises(InterpolationError) as error:
        Interpolation({"BIG": "x" * 1000}.get).substitute("${UNSET:?$BIG}")
    assert str(error.value) == f"the variable UNSET is required: {'x' * 200}"


DOUBLING = "A=x\n" + "A=${A}${A}\n" * 40


def test_a_value_has_a_bound_with_its_variables_replaced() -> None:
    assert len(parse_env("A=x\n" + "A=$A$A\n" * 20, ".env", VALUES.get, {})["A"]) == MAX_VALUE == 2**20
    with pytest.raises(ComposeError) as error:
        parse_env(DOUBLING, ".env", VALUES.get, {})
    assert str(error.value) == ".env:22: A: the value becomes longer than 1048576 characters"


@pytest.mark.parametrize(
    "text", ["$BIG$BIG", "${NO:-$BIG${NO:-$BIG}}", "${BIG:+$BIG$BIG}", "$BIG ${NO:?$BIG}"]
)
def test_a_value_has_the_same_bound_in_every_form(text: str) -> None:
    with pytest.raises(InterpolationError, match=r"^the value becomes longer than 1048576 characters"):
        Interpolation({"BIG": "x" * MAX_VALUE}.get).substitute(text)


def test_a_line_may_have_many_variables() -> None:
    assert Interpolation({}.get).substitute("${A:-x}" * 100_000) == "x" * 100_000


def test_the_values_of_a_file_have_a_bound_together() -> None:
    big = {"BIG": "x" * MAX_VALUE}
    text = "".join(f"A{n}=$BIG\n" for n in range(17))
    assert len(parse_env(text.rpartition("A16")[0], ".env", big.get, {})) * MAX_VALUE == MAX_TOTAL
    with pytest.raises(ComposeError) as error:
        parse_env(text, ".env", big.get, {})
    said = "the file's values become longer than 16777216 characters"
    assert str(error.value) == f".env:17: A16: {said}"
    node = load_text("\n".join(f"a{n}: [$BIG]" for n in range(1000)), "f.yml")[0]
    with pytest.raises(ComposeError) as error:
        interpolate(node, big.get, Problems("x", "x"), lambda *_: None)
    assert str(error.value) == f"f.yml:17: a16.0: {said}"


def test_the_last_line_needs_no_line_break() -> None:
    """compose-go 2.16 takes a name that ends the file for the value of a variable without a name."""
    assert parse_env("A=1\nSET", ".env", VALUES.get, {}) == {"A": "1", "SET": "value"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("A='$SET' # x", {"A": "'$SET' # x"}),
        ("  A= x \t\r\n#B=1\n\nSET\nUNSET\nC==\n", {"A": " x \t", "SET": "value", "C": "="}),
        ("\ufeffA.b-c=\\n", {"A.b-c": "\\n"}),
    ],
)
def test_raw_files_are_taken_as_they_stand(tmp_path: Path, text: str, values: dict[str, str]) -> None:
    """Docker CLI, `kvfile`, which Docker Compose reads `format: raw` with."""
    path = tmp_path / "raw.env"
    path.write_bytes(text.encode())
    assert read_env_file(path, VALUES.get, raw=True) == values


@pytest.mark.parametrize("line", ["A B=1", "export A=1", "=1", "A\tB"])
def test_a_raw_file_that_is_malformed(tmp_path: Path, line: str) -> None:
    path = tmp_path / "raw.env"
    path.write_text(f"\n{line}\n")
    with pytest.raises(ComposeError, match=r"raw.env:2: must be NAME=value"):
        read_env_file(path, VALUES.get, raw=True)


@pytest.mark.parametrize("name", ["1", "true", "~", "1.5", "2024-01-01", "null", "017"])
def test_a_key_must_be_a_string(name: str) -> None:
    with pytest.raises(ComposeError, match=r"^f\.yml:2: a key must be a string: write '"):
        load_text(f"a: 1\n{name}: 2", "f.yml")
    assert list(load_text(f"'{name}': 2", "f.yml")[0].entries()) == [name]


def test_every_key_has_its_line_through_anchors_and_merge_keys() -> None:
    text = "x-a: &a\n  one: 1\n  two: 2\nb:\n  <<: *a\n  two: 3\nc: [*a]\n"
    node = load_text(text, "f.yml")[0]
    assert node.plain()["b"] == {"one": 1, "two": 3}
    assert [str(node.find(["b", key]).where) for key in ("one", "two")] == ["f.yml:2", "f.yml:6"]
    assert str(node.find(["c", 0, "two"]).where) == "f.yml:3"


NESTED = "a: " + "[" * 100 + "]" * 100
DOUBLED = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
LADDER = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 120))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", "f.yml:2: a is a duplicate key, first on line 1"),
        ("x: &x {b: 1}\na:\n  <<: *x\n  <<: *x", "f.yml:4: << is a duplicate key, first on line 3"),
        ("a: 1\nb: [", "is not YAML"),
        ("a: &x [*x]", "f.yml:1: an anchor contains an alias of itself"),
        ("a: *x", "f.yml:1: is not YAML: found undefined alias"),
        ("? [a]\n: 1", "f.yml:1: a key must be a string"),
        ("a:\n  <<: 5", "f.yml:2: << must be a mapping or a list of mappings"),
        ("a: 1\nb: \x07", "f.yml:2: is not YAML: control characters are not allowed"),
        ('a: 1\nb: "\\ud800"', "f.yml:2: is not YAML: found invalid Unicode character escape code"),
        ('a: 1\nb: "\\U00110000"', "f.yml:2: is not YAML: found invalid Unicode character escape code"),
        ("a: 1\nb: .inf", "f.yml:2: .inf cannot be used: numbers must be finite"),
        ("a: 1\nb: !!binary x", "f.yml:2: !!binary must be UTF-8 text in Base64"),
        (NESTED, "f.yml:1: is not YAML: more than 100 levels"),
        ("a: 1\n" + "- " * 5000, "f.yml:2: is not YAML"),
        (DOUBLED, "has more than 100000 values with its aliases expanded"),
        (LADDER, "has more than 100 levels with its aliases expanded"),
    ],
)
def test_yaml_that_cannot_be_used(text: str, said: str) -> None:
    with pytest.raises(ComposeError) as error:
        load_text(text, "f.yml")
    assert said in str(error.value)
    assert str(error.value).startswith("f.yml:")


def test_a_file_must_be_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "f.yml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ComposeError, match=r"f\.yml:2: cannot be read: it is not UTF-8 text$"):
        load_file(path)


def test_a_file_must_be_of_bounded_size(tmp_path: Path) -> None:
    path = tmp_path / "f.env"
    path.write_bytes(b"#" * MAX_BYTES)
    assert read_env_file(path, VALUES.get) == {}
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ComposeError, match=r"f\.env: cannot be read: it is larger than 1 MiB$"):
        read_env_file(path, VALUES.get)


def test_a_file_must_be_a_regular_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/zero")):
        with pytest.raises(ComposeError, match=r"cannot be read: it is not a regular file$"):
            read_env_file(path, VALUES.get)


def test_a_link_to_a_file_is_the_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("A=1")
    (tmp_path / "b").symlink_to("a")
    assert read_env_file(tmp_path / "b", VALUES.get) == {"A": "1"}


def test_the_null_device_has_no_variables() -> None:
    assert read_env_file(Path(os.devnull), VALUES.get) == {}


@pytest.mark.parametrize("name", ["none", "nul\0l", "x" * 300, os.fsdecode(b"\xff"), "\ud800"])
def test_a_file_that_cannot_be_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(ComposeError, match=r"cannot be read: \S") as error:
        load_file(tmp_path / name)
    assert str(error.value).encode()
