import pytest
from moorage.spec.compose.dotenv import parse_env
from moorage.spec.compose.interpolate import InterpolationError, substitute
from moorage.spec.compose.nodes import ComposeError, load_text

VALUES = {"SET": "value", "EMPTY": "", "TAG": "2", "NAME": "SET"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$SET", "value"),
        ("${SET}", "value"),
        ("a${SET}b$TAG-c", "avalueb2-c"),
        ("$$SET", "$SET"),
        ("$${SET}", "${SET}"),
        ("$UNSET|", "|"),
        ("${SET:-d}", "value"),
        ("${EMPTY:-d}", "d"),
        ("${UNSET:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${UNSET-d}", "d"),
        ("${SET:+r}", "r"),
        ("${EMPTY:+r}", ""),
        ("${EMPTY+r}", "r"),
        ("${UNSET+r}", ""),
        ("${SET:?e}", "value"),
        ("${EMPTY?e}", ""),
        ("${UNSET:-${SET}}", "value"),
        ("${UNSET:-${ALSO:-${TAG}}}", "2"),
        ("${UNSET:-a}b}", "ab}"),
        ("${UNSET:-$$x}", "$x"),
        ("${SET:+${TAG}x}", "2x"),
        ("${UNSET:-a:-b}", "a:-b"),
        ("${UNSET:-http://host:80/}", "http://host:80/"),
    ],
)
def test_variables(text: str, expected: str) -> None:
    assert substitute(text, VALUES.get) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${UNSET:?give one}", "the variable UNSET is required: give one"),
        ("${EMPTY:?}", "the variable EMPTY is required"),
        ("${UNSET?no $TAG}", "the variable UNSET is required: no 2"),
        ("${SET", "a closing brace is missing"),
        ("${}", "a variable's name is missing"),
        ("${1A}", "a variable's name is missing"),
        ("${SET!x}", "known are :- - :? ? :+ +"),
        ("50$", "write $$ for a dollar sign"),
        ("$ x", "write $$ for a dollar sign"),
    ],
)
def test_what_is_no_variable(text: str, said: str) -> None:
    with pytest.raises(
        InterpolationError, match=said.replace("$", "\\$").replace("+", "\\+").replace("?", "\\?")
    ):
        substitute(text, VALUES.get)


def test_unset_variables_are_told() -> None:
    unset: list[str] = []
    substitute("$SET $A ${B} ${C:-x} ${D:-$E}", VALUES.get, unset.append)
    assert unset == ["A", "B", "E"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=1\nB=2", {"A": "1", "B": "2"}),
        ("export A=1", {"A": "1"}),
        ("A: 1", {"A": "1"}),
        ("# no\n\nA=1 # why", {"A": "1"}),
        ("A=a#b", {"A": "a#b"}),
        ("A= # only a comment", {"A": ""}),
        ("A='$SET # x'", {"A": "$SET # x"}),
        ('A="$SET # x"', {"A": "value # x"}),
        ('A="two\\nlines"', {"A": "two\nlines"}),
        ('A="two\nlines"\nB=1', {"A": "two\nlines", "B": "1"}),
        ('A="a \\"b\\" \\$SET"', {"A": 'a "b" $SET'}),
        ("A=${SET}", {"A": "value"}),
        ("A=1\nB=$A", {"A": "1", "B": "1"}),
        ("SET", {"SET": "value"}),
        ("UNSET", {}),
        ("A=1\r\nB=2\r\n", {"A": "1", "B": "2"}),
    ],
)
def test_env_files(text: str, expected: dict[str, str]) -> None:
    assert parse_env(text, ".env", VALUES.get) == expected


def test_raw_env_files_take_everything_as_it_stands() -> None:
    assert parse_env("A='$SET' # x", ".env", VALUES.get, raw=True) == {"A": "'$SET' # x"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("A=1\nA B=2", ".env:2: 'A B=2' is no line of the form NAME=value"),
        ("\n=2", ".env:2: '=2' is no line"),
        ('A="x\n\n', '.env:1: the closing " is missing'),
        ("A=${B", ".env:1: A: invalid interpolation"),
    ],
)
def test_env_files_that_are_none(text: str, said: str) -> None:
    with pytest.raises(ComposeError) as error:
        parse_env(text, ".env", VALUES.get)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("22:22", "22:22"),
        ("0440", 0o440),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("~", None),
        ("", None),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ("2024-01-01", "2024-01-01"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    assert load_text(f"a: {text}", "f.yml")[0].plain() == {"a": value}


def test_every_key_knows_its_line_through_anchors_and_merge_keys() -> None:
    text = "x-a: &a\n  one: 1\n  two: 2\nb:\n  <<: *a\n  two: 3\nc: [*a]\n"
    node = load_text(text, "f.yml")[0]
    assert node.plain()["b"] == {"one": 1, "two": 3}
    assert [str(node.find(["b", key]).where) for key in ("one", "two")] == ["f.yml:2", "f.yml:6"]
    assert str(node.find(["c", 0, "two"]).where) == "f.yml:3"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", "f.yml:2: a is given twice, on line 1 too"),
        ("a: [", "f.yml:1: is no YAML"),
        ("a: &x [*x]", "f.yml:1: an anchor holds an alias of itself"),
        ("? [a]\n: 1", "f.yml:1: a key must be a text"),
        ("a:\n  <<: 5", "f.yml:2: << takes a mapping, or a list of mappings"),
    ],
)
def test_yaml_that_is_none(text: str, said: str) -> None:
    with pytest.raises(ComposeError) as error:
        load_text(text, "f.yml")
    assert said in str(error.value)
