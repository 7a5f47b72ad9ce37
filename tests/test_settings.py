from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from pipeline.clock_setting import ClockSpec
from pipeline.errors import InputError
from pipeline.redis_settings import RedisSettings
from pipeline.settings import KafkaSettings, Settings, load
from pipeline.settings_reference import reference, variables

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch):
    for variable, *_ in variables():
        monkeypatch.delenv(variable, raising=False)


def test_the_reference_file_is_what_the_settings_say():
    assert (ROOT / ".env.reference").read_text() == reference(), (
        "python -m pipeline.settings_reference > .env.reference"
    )


def test_the_reference_file_is_the_default_settings(tmp_path):
    assert load(env_file=ROOT / ".env.reference", secrets_dir=tmp_path) == load(env_file=None, secrets_dir=tmp_path)


def test_every_setting_has_a_meaning():
    assert [variable for variable, _, meaning in variables() if not meaning] == []


def test_the_minimal_file_is_enough(tmp_path):
    found = load(env_file=ROOT / ".env.minimal", secrets_dir=tmp_path)
    assert found == Settings()


def test_the_environment_wins_over_the_file_and_the_file_over_secrets(monkeypatch, tmp_path):
    (tmp_path / "leadtide_app_id").write_text("secret")
    (tmp_path / "leadtide_model").write_text("secret")
    (tmp_path / "leadtide_clock").write_text("stream")
    (tmp_path / ".env").write_text("LEADTIDE_APP_ID=file\nLEADTIDE_MODEL=file\n")
    monkeypatch.setenv("LEADTIDE_APP_ID", "environment")
    found = load(env_file=tmp_path / ".env", secrets_dir=tmp_path)
    assert (found.app_id, found.model, found.clock) == ("environment", "file", "stream")


def test_a_nested_secret_comes_from_a_file_and_is_not_printed(monkeypatch, tmp_path):
    (tmp_path / "leadtide_kafka__sasl_password").write_text("hush")
    monkeypatch.setenv("LEADTIDE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("LEADTIDE_KAFKA__SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("LEADTIDE_KAFKA__SASL_USERNAME", "worker")
    kafka = load(env_file=None).kafka
    assert kafka.client_options()["sasl_plain_password"] == "hush"
    assert "hush" not in repr(kafka)


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError):
        Settings().app_id = "other"
    with pytest.raises(ValidationError):
        Settings().kafka.partitions = 3


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LEADTIDE_KAFKA__PARTITIONS", "0"),
        ("LEADTIDE_KAFKA__PARTITONS", "12"),
        ("LEADTIDE_KAFKA__TOPIC_PREFIX", "a b"),
        ("LEADTIDE_DELIVERY", "at_most_once"),
        ("LEADTIDE_ANNOUNCE_FROM", "2026-01-01T00:00:00"),
        ("LEADTIDE_DEAD_LETTERS__MAX_RATIO", "1.5"),
        ("LEADTIDE_CLOCK", "sundial"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(variable, value, monkeypatch, tmp_path):
    monkeypatch.setenv(variable, value)
    with pytest.raises(InputError, match=f"{variable}: "):
        load(env_file=None, secrets_dir=tmp_path)


def test_an_unknown_name_in_the_file_is_refused(tmp_path):
    (tmp_path / ".env").write_text("LEADTIDE_MODLE=preset:standard-b2b\n")
    with pytest.raises(InputError, match="LEADTIDE_MODLE"):
        load(env_file=tmp_path / ".env", secrets_dir=tmp_path)


def test_a_variable_that_is_nearly_a_setting_is_told_and_a_stranger_is_not(monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("LEADTIDE_MODLE", "preset:standard-b2b")
    monkeypatch.setenv("LEADTIDE_PORT_8080_TCP", "tcp://10.0.0.1:8080")
    load(env_file=None, secrets_dir=tmp_path)
    assert caplog.messages == ["LEADTIDE_MODLE is no setting and is ignored: is LEADTIDE_MODEL meant?"]


def test_production_refuses_plain_text(monkeypatch, tmp_path):
    monkeypatch.setenv("LEADTIDE_PRODUCTION", "true")
    with pytest.raises(InputError, match="production refuses PLAINTEXT"):
        load(env_file=None, secrets_dir=tmp_path)


def test_sasl_without_a_password_is_refused():
    with pytest.raises(ValidationError, match="sasl_password"):
        KafkaSettings(security_protocol="SASL_SSL", sasl_username="worker")


def test_certificates_that_cannot_be_read_are_told(tmp_path):
    kafka = KafkaSettings(security_protocol="SSL", ssl_cafile=tmp_path / "missing.pem")
    with pytest.raises(InputError, match="certificates"):
        kafka.client_options()


def test_plain_text_needs_no_more_than_the_addresses():
    assert KafkaSettings(bootstrap_servers="a:1,b:2").client_options() == {
        "bootstrap_servers": ["a:1", "b:2"],
        "security_protocol": "PLAINTEXT",
    }


def test_the_prefix_separates_groups_too():
    assert Settings(kafka=KafkaSettings(topic_prefix="acme.")).group_id == "acme.leadtide"


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("live", ClockSpec("live")),
        ("stream", ClockSpec("stream")),
        ("scaled:60", ClockSpec("scaled", 60)),
        ("scaled:0.5@2026-01-01T00:00:00Z", ClockSpec("scaled", 0.5, datetime(2026, 1, 1, tzinfo=UTC))),
    ],
)
def test_a_clock_is_read(text, spec):
    assert Settings(clock=text).clock_spec == spec


@pytest.mark.parametrize(
    "text", ["", "LIVE", "scaled", "scaled:0", "scaled:-1", "scaled:2@noon", "scaled:2@2026-01-01T00:00"]
)
def test_a_clock_that_cannot_be_is_refused(text):
    with pytest.raises(ValueError, match=r"none of live|offset|isoformat"):
        ClockSpec.parse(text)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"url": "redis://:hush@127.0.0.1:6379"}, "settings of their own"),
        ({"url": "redis://127.0.0.1:6379/0?password=hush"}, "settings of their own"),
        ({"url": "http://127.0.0.1:6379"}, "an address such as"),
        ({"url": "redis://127.0.0.1/zero"}, "number of a database"),
        ({"username": "projector"}, "needs a password"),
        ({"key_prefix": "{a}"}, "pattern"),
    ],
)
def test_redis_settings_that_do_not_fit_are_told(given, told):
    """A password never stands in an address, and a prefix never breaks the hash tag."""
    with pytest.raises(ValidationError, match=told):
        RedisSettings(**given)


def test_production_wants_redis_over_tls():
    """`redis://` is refused; `rediss://` is handed to the client with its certificates and password."""
    kafka = KafkaSettings(security_protocol="SSL")
    with pytest.raises(ValidationError, match="rediss://"):
        Settings(production=True, kafka=kafka, redis=RedisSettings(url="redis://a:1"))
    private = RedisSettings(url="rediss://a:1", username="projector", password="hush")
    assert Settings(production=True, kafka=kafka, redis=private).redis.is_private
    options = private.client_options()
    assert (options["username"], options["password"], options["ssl_check_hostname"]) == ("projector", "hush", True)
    assert "hush" not in repr(private)
