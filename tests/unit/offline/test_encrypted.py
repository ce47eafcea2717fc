"""Encrypted configuration: decrypted with the passphrase, or had in another way."""

import builtins
import importlib
from pathlib import Path

import pytest

from moorage.offline import EvaluationError, Secret, evaluate
from moorage.offline.secret_values import Decrypter

PASSPHRASE = "correct horse"

# hunter2, nested-value and 3, encrypted with PASSPHRASE by the algorithm in pulumi/pulumi,
# sdk/go/common/resource/config/crypt.go.
STACK = """\
encryptionsalt: v1:AAECAwQFBgc=:v1:AQEBAQEBAQEBAQEB:d3icdyk6y9tIhCGOqRzrwPk8xMnlBA==
config:
  shop:password: {secure: "v1:AgICAgICAgICAgIC:HsyAJOrClCWPF+eCsfg5ZkBjWGW5d9s="}
  shop:settings:
    user: admin
    keys: [{secure: "v1:AwMDAwMDAwMDAwMD:2djVwjYTOaAoF7pBBSXJDlQQilekP/v9siqrfw=="}]
  shop:count: {secure: "v1:BAQEBAQEBAQEBAQE:2PaafVXK5cqbtYfL2DrAyXg="}
  shop:plain: x
"""

MAIN = """\
import pulumi
config = pulumi.Config()
for key in ("password", "settings", "count", "plain"):
    pulumi.export(key, config.require_secret(key) if pulumi.runtime.config.is_config_secret("shop:" + key)
                  else config.require(key))
"""

PLAIN = {
    "password": Secret("hunter2"),
    "settings": Secret('{"keys":["nested-value"],"user":"admin"}'),
    "count": Secret("3"),
    "plain": "x",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE_FILE", raising=False)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(STACK)
    (tmp_path / "__main__.py").write_text(MAIN)
    return tmp_path


@pytest.fixture
def cryptography() -> None:
    pytest.importorskip("cryptography", reason="decrypting needs cryptography")


@pytest.mark.usefixtures("cryptography")
def test_with_the_passphrase(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)

    assert evaluate(folder).outputs == PLAIN


@pytest.mark.usefixtures("cryptography")
def test_with_the_passphrase_in_a_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "phrase.txt"
    file.write_text(PASSPHRASE + "\n")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(file))

    assert evaluate(folder).outputs == PLAIN

    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(folder / "nothing"))
    with pytest.raises(EvaluationError, match=r"PULUMI_CONFIG_PASSPHRASE_FILE: .*nothing: No such file"):
        evaluate(folder)


@pytest.mark.usefixtures("cryptography")
def test_with_a_wrong_passphrase(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")

    with pytest.raises(
        EvaluationError, match=r"Pulumi\.dev\.yaml: incorrect passphrase; set PULUMI_CONFIG_P"
    ):
        evaluate(folder)


@pytest.mark.usefixtures("cryptography")
def test_a_salt_that_pulumi_wrote() -> None:
    """From pulumi/pulumi, pkg/secrets/passphrase/manager_test.go."""
    salt = "v1:fozI5u6B030=:v1:F+6ZduKKd8G0/V7L:PGMFeIzwobWRKmEAzUdaQHqC5mMRIQ=="
    Decrypter("password", salt, "Pulumi.dev.yaml")
    with pytest.raises(EvaluationError, match="incorrect passphrase"):
        Decrypter("password123", salt, "Pulumi.dev.yaml")


@pytest.mark.usefixtures("cryptography")
@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("v1:AAEC", "v2:AAEC", "encryptionsalt is not that of a passphrase"),
        ("HsyAJOrC", "HsyAJOrD", "the secure value of shop:password cannot be decrypted"),
        ("v1:AgIC", "v7:AgIC", "the secure value of shop:password cannot be decrypted"),
        ("v1:AgICAgICAgICAgIC:", "", "the secure value of shop:password cannot be decrypted"),
        ("HsyAJOrC", "Hsy!!", "the secure value of shop:password cannot be decrypted"),
    ],
)
def test_damaged_values(folder: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, text: str) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    (folder / "Pulumi.dev.yaml").write_text(STACK.replace(old, new))

    with pytest.raises(EvaluationError, match=text):
        evaluate(folder)


def test_without_the_passphrase_every_key_and_way_is_named(folder: Path) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(folder, config={"count": "1"})

    assert str(caught.value) == (
        "Pulumi.dev.yaml: password, settings are encrypted. Set PULUMI_CONFIG_PASSPHRASE (or "
        "PULUMI_CONFIG_PASSPHRASE_FILE), or pass them as --config password=VALUE, or in "
        f"{folder}/.moorage/config.yaml, which is never committed"
    )


def test_given_by_the_caller_or_set_aside(folder: Path) -> None:
    aside = folder / ".moorage" / "config.yaml"
    aside.parent.mkdir()
    aside.write_text("password: from-file\ncount: 1\nshop:settings: {user: me}\n")

    outputs = evaluate(folder, config={"count": "2"}).outputs

    assert outputs == {
        "password": Secret("from-file"),
        "settings": Secret('{"user":"me"}'),
        "count": Secret("2"),
        "plain": "x",
    }


def test_set_aside_for_each_stack(folder: Path) -> None:
    aside = folder / ".moorage" / "config.yaml"
    aside.parent.mkdir()
    aside.write_text(
        "password: 007\nsettings: all\ncount: 1\ndev: {password: 1.10}\nprod: {settings: prod}\n"
    )
    (folder / "Pulumi.prod.yaml").write_text(STACK)

    assert evaluate(folder).outputs["password"] == Secret("1.10")
    assert evaluate(folder, stack="prod").outputs["settings"] == Secret("prod")
    assert evaluate(folder, stack="prod").outputs["password"] == Secret("007")


def test_set_aside_is_for_what_cannot_be_read(folder: Path) -> None:
    """A plain value of the stack is not replaced."""
    aside = folder / ".moorage" / "config.yaml"
    aside.parent.mkdir()
    aside.write_text("password: a\nsettings: b\ncount: 1\nplain: other\n")

    assert evaluate(folder).outputs["plain"] == "x"


def test_another_secrets_provider(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    (folder / "Pulumi.dev.yaml").write_text(
        "secretsprovider: awskms://alias/x\nencryptedkey: AAAA\nconfig: {shop:password: {secure: 'v1:A:B'}}\n"
    )

    with pytest.raises(EvaluationError, match="password is encrypted"):
        evaluate(folder)


def test_without_cryptography(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PASSPHRASE)
    import_module = importlib.import_module

    def refuse(name: str, package: str | None = None) -> object:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return import_module(name, package)

    monkeypatch.setattr(importlib, "import_module", refuse)

    with pytest.raises(EvaluationError, match="requires the package cryptography: pip install cryptography"):
        evaluate(folder)
    given = {"password": "a", "settings": "b", "count": "1"}
    assert evaluate(folder, config=given).outputs["password"] == Secret("a")


def test_a_decrypted_value_has_to_be_of_its_type(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "Pulumi.yaml").write_text(
        "name: shop\nconfig: {password: {type: integer}, settings: {}, count: {}, plain: {}}\n"
    )

    with pytest.raises(EvaluationError) as caught:
        evaluate(folder, config={"password": "x", "settings": "b", "count": "1"})

    assert "key 'password' must be of type 'integer'" in str(caught.value)
    assert builtins.repr("x") not in str(caught.value)
