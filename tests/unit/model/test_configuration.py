"""The keys of the configuration's namespace."""

import pytest

from moorage.model.configuration import check_keys


@pytest.mark.parametrize(
    ("key", "advice"),
    [
        ("moorage:policy", "did you mean 'moorage:policyExceptions'?"),
        ("moorage:policyException", "did you mean 'moorage:policyExceptions'?"),
        ("moorage:policyexceptions", "did you mean 'moorage:policyExceptions'?"),
        ("moorage:exceptions", "did you mean 'moorage:policyExceptions'?"),
        ("moorage:preset", "did you mean 'moorage:presets'?"),
        ("moorage:p", "must be one of moorage:policyExceptions, moorage:presets"),
        ("moorage:region", "must be one of moorage:policyExceptions, moorage:presets"),
    ],
)
def test_an_unknown_key_is_refused(key: str, advice: str) -> None:
    with pytest.raises(ValueError, match="unknown configuration key") as error:
        check_keys(["aws:region", key, "moorage:presets"], "shop")
    assert str(error.value) == f"{key}: unknown configuration key; {advice}"


def test_all_unknown_keys_are_listed() -> None:
    with pytest.raises(ValueError, match="unknown configuration key") as error:
        check_keys(["moorage:a", "moorage:b"], "shop")
    assert [line.partition(": ")[0] for line in str(error.value).splitlines()] == ["moorage:a", "moorage:b"]


def test_known_keys_and_other_namespaces_are_accepted() -> None:
    check_keys(["moorage:presets", "moorage:policyExceptions", "moorages:policy", "shop:policy"], "shop")


def test_keys_of_a_project_of_that_name_are_its_own() -> None:
    check_keys(["moorage:policy"], "moorage")
