"""Where settings come from, which wins, and what is said about those that are wrong."""

from __future__ import annotations

import string
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from visavis_models.profiles import choices
from visavis_models.settings import BackendSettings, ModelSettings
from visavis_server.configure import SettingsError, as_toml, build, check_open, documented
from visavis_server.serving import restricted
from visavis_server.settings import ServerSettings, Settings


def wrong(tmp_path: Path | None = None, toml: str = "", flags: dict[str, str] | None = None, **variables: str) -> str:
    config = None
    if tmp_path is not None:
        config = tmp_path / "my.toml"
        config.write_text(toml)
    with pytest.raises(SettingsError) as error:
        build(config, flags or {}, variables)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_later_sources_win(tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    config.write_text("[server]\nport = 1\nidle_s = 1.5\nhost = 'localhost'\n[agent]\nrole = 'kiosk'\n")
    tree = build(
        config, {"server.port": "3"}, {"VISAVIS_SERVER__PORT": "2", "VISAVIS_SERVER__IDLE_S": "2.5", "HOME": "/"}
    )
    assert tree.server.port == 3
    assert tree.server.idle_s == 2.5
    assert tree.server.host == "localhost"
    assert tree.agent.role == "kiosk"
    assert tree.models == Settings().models


def test_the_file_may_be_named_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[server]\nport = 7\n")
    assert build(None, {}, {"VISAVIS_CONFIG": str(tmp_path / "other.toml")}).server.port == 7


def test_lists_tables_and_options_are_toml() -> None:
    tree = build(
        None,
        {"models.language.options.temperature": "0.5", "models.language.options.stop": '["a"]', "server.token": "[x]"},
        {
            "VISAVIS_SERVER__ORIGINS": '["https://a.example"]',
            "VISAVIS_SERVER__ICE_SERVERS": '[{urls = "turn:t.example:3478", username = "u", credential = "c"}]',
        },
    )
    assert tree.server.origins == ("https://a.example",)
    assert tree.server.ice_servers[0].username == "u"
    assert tree.models.language is not None
    assert tree.models.language.options == {"temperature": 0.5, "stop": ["a"]}
    assert tree.server.token == "[x]"


def test_one_change_to_an_ability_keeps_the_rest_of_the_profile() -> None:
    language = choices(build(None, {"models.language.threads": "3"}, {}).models)["language"]
    assert (language.backend, language.model, language.threads) == ("smollm2", "smollm2-135m", 3)
    other = build(None, {"models.language.backend": "openai"}, {}).models.language
    assert other is not None
    assert other.model == ""


@pytest.mark.parametrize(
    ("variables", "parts"),
    [
        ({"VISAVIS_SERVER__PROT": "1"}, ["$VISAVIS_SERVER__PROT", "server.prot", "server.port?"]),
        ({"VISAVIS_NONSENSE": "1"}, ["$VISAVIS_NONSENSE", "--help"]),
        ({"VISAVIS_SERVER": "1"}, ["$VISAVIS_SERVER", "unknown setting server"]),
        ({"VISAVIS_SERVER__PORT": "abc"}, ["$VISAVIS_SERVER__PORT", "server.port", "integer", "'abc'"]),
        ({"VISAVIS_SERVER__PORT": "70000"}, ["server.port", "65535"]),
        ({"VISAVIS_SERVER__ORIGINS": "x"}, ["server.origins", '["one", "two"]']),
        ({"VISAVIS_SERVER__CERTIFICATE": "c.pem"}, ["certificate and key belong together"]),
        ({"VISAVIS_MODELS__PROFILE": "huge"}, ["models.profile", "'embedded'", "'huge'"]),
        ({"VISAVIS_MODELS__LANGUAGE__BACKND": "x"}, ["models.language.backend?"]),
        ({"VISAVIS_CONFIG": "/nowhere/my.toml"}, ["/nowhere/my.toml", "No such file"]),
    ],
)
def test_errors_name_the_variable_and_the_way_out(variables: dict[str, str], parts: list[str]) -> None:
    message = wrong(**variables)
    assert all(part in message for part in parts), message


def test_errors_name_the_file(tmp_path: Path) -> None:
    assert wrong(tmp_path, "[server\n").startswith(f"the settings file {tmp_path / 'my.toml'} is not TOML")
    assert wrong(tmp_path, "[server]\nprot = 1\n").startswith(f"{tmp_path / 'my.toml'}: unknown setting server.prot")
    assert wrong(tmp_path, "server = 3\n").startswith(f"{tmp_path / 'my.toml'}: unknown setting server")
    assert wrong(tmp_path, "[server]\nport = 'x'\n").startswith(f"{tmp_path / 'my.toml'}: server.port")
    assert wrong(tmp_path, "", {"server.prot": "1"}).startswith("flag server.prot")


def test_secrets_are_not_repeated() -> None:
    tree = build(None, {"models.language.api_key": "sk-1"}, {"VISAVIS_SERVER__TOKEN": "s3cret"})
    shown = as_toml(tree)
    assert "s3cret" not in shown
    assert "sk-1" not in shown
    assert tomllib.loads(shown)["server"]["token"] == "(hidden)"


def test_the_settings_in_force_are_a_settings_file(tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    config.write_text(as_toml(build(None, {"server.port": "5", "models.packs": "/p 'q' \"r\""}, {})))
    again = build(config, {}, {})
    assert again.server.port == 5
    assert str(again.models.packs) == "/p 'q' \"r\""
    assert again.models.voice is not None
    assert again.models.voice.backend == "hibari"


def test_every_setting_is_described() -> None:
    described = list(documented())
    assert len(described) > 100
    assert all(about for _, _, about in described)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])
def test_an_open_door_needs_a_token(host: str) -> None:
    with pytest.raises(SettingsError, match="VISAVIS_SERVER__TOKEN"):
        check_open(ServerSettings(host=host))
    check_open(ServerSettings(host=host, token="x"))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_this_machine_needs_none(host: str) -> None:
    check_open(ServerSettings(host=host))


names = st.text(string.ascii_uppercase + string.digits + "_", max_size=30)


def told(flags: dict[str, str], variables: dict[str, str]) -> str:
    """What is said about settings, if anything."""
    try:
        build(None, flags, variables)
    except SettingsError as error:
        return str(error)
    return ""


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(names.map(lambda n: f"VISAVIS_{n}"), st.text(max_size=40), max_size=3))
def test_garbage_is_told_in_one_line(variables: dict[str, str]) -> None:
    assert "\n" not in told({}, variables)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([name for name, _, _ in documented()]), st.text(max_size=40))
def test_garbage_as_a_value_is_told_in_one_line(name: str, value: str) -> None:
    message = told({name: value}, {})
    assert "\n" not in message
    assert not message or name.split(".")[0] in message


def test_whoever_starts_a_server_is_told_of_weights_with_a_restricted_licence() -> None:
    (told,) = restricted(ModelSettings())
    assert "research only" in told
    assert "models.vision.backend" in told
    assert restricted(ModelSettings(vision=BackendSettings(backend="finders"))) == []
