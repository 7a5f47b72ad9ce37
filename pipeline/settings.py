"""Every setting, read once where a process is put together; nothing else reads the environment.

A setting is an environment variable `LEADTIDE_<NAME>`, nested ones with `__`, or a line of `.env`, or (secrets) a
file of that name in the secrets directory, for example `leadtide_kafka__sasl_password`. The environment wins over
`.env`, and both win over files. `.env.reference` lists them all.
"""

import logging
import os
import ssl
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, NestedSecretsSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from pipeline.clock_setting import ClockSpec
from pipeline.errors import InputError
from pipeline.redis_settings import RedisSettings
from pipeline.wording import DEFAULT_LANGUAGE, negotiated

_log = logging.getLogger(__name__)

PREFIX = "LEADTIDE_"
_NOT_SETTINGS = ("SECRETS_DIR", "FAILPOINT", "TEST_DATA")
DEFAULT_SECRETS_DIR = Path("/run/secrets")

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


def _clock(text: str) -> str:
    ClockSpec.parse(text)
    return text


class _Group(BaseModel):
    """Settings that belong together: frozen, and a name that does not exist is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(_Group):
    """How to reach the brokers, and what the topics look like."""

    bootstrap_servers: str = Field("127.0.0.1:9092", description="Brokers, host:port, separated by commas")
    topic_prefix: str = Field(
        "",
        pattern=r"^[a-zA-Z0-9._-]*$",
        max_length=100,
        description="Put before every topic, group and transactional id: several installations on one cluster",
    )
    partitions: PositiveInt = Field(
        12, description="Partitions of every topic, so many workers at most; cannot be changed later"
    )
    replication_factor: PositiveInt | None = Field(
        None, description="Copies of every topic; empty: the broker's default"
    )
    security_protocol: SecurityProtocol = Field("PLAINTEXT", description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL")
    sasl_mechanism: SaslMechanism = Field("SCRAM-SHA-512", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
    sasl_username: str | None = Field(None, description="User for SASL")
    sasl_password: SecretStr | None = Field(None, description="Password for SASL; better as a file among the secrets")
    ssl_cafile: Path | None = Field(None, description="Certificates to trust (PEM); empty: the system's")
    ssl_certfile: Path | None = Field(None, description="Our certificate (PEM), where brokers ask for one")
    ssl_keyfile: Path | None = Field(None, description="The key of our certificate (PEM)")
    ssl_key_password: SecretStr | None = Field(None, description="The password of that key")
    ssl_check_hostname: bool = Field(default=True, description="Whether the broker's certificate must name its host")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.security_protocol.startswith("SASL") and not (self.sasl_username and self.sasl_password):
            message = f"{self.security_protocol} needs sasl_username and sasl_password"
            raise ValueError(message)
        return self

    def client_options(self) -> dict[str, Any]:
        """The keyword arguments that every aiokafka client (consumer, producer, admin) takes from these settings.

        Raises:
            InputError: a certificate or key cannot be read.
        """
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap_servers.split(","),
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol.endswith("SSL"):
            options["ssl_context"] = self._ssl_context()
        if self.security_protocol.startswith("SASL") and self.sasl_password is not None:
            options["sasl_mechanism"] = self.sasl_mechanism
            options["sasl_plain_username"] = self.sasl_username
            options["sasl_plain_password"] = self.sasl_password.get_secret_value()
        return options

    def _ssl_context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self.ssl_cafile)
            context.check_hostname = self.ssl_check_hostname
            if self.ssl_certfile is not None:
                password = self.ssl_key_password.get_secret_value() if self.ssl_key_password else None
                context.load_cert_chain(self.ssl_certfile, self.ssl_keyfile, password)
        except (OSError, ValueError) as error:
            message = f"the certificates for Kafka cannot be used: {error}; see LEADTIDE_KAFKA__SSL_CAFILE and its kin"
            raise InputError(message) from error
        return context


class RetentionSettings(_Group):
    """How long the topics keep their records; compacted ones keep the last of each key for ever."""

    inputs_days: PositiveInt = Field(
        90, description="Events; keep them for years to rebuild and to backtest over years"
    )
    ticks_days: PositiveInt = Field(7, description="Ticks of the clock")
    outputs_days: PositiveInt = Field(365, description="Stage changes and signals")
    dead_letters_days: PositiveInt = Field(14, description="Records that could not be read")


class CheckpointSettings(_Group):
    """When a partition's changes are written as one unit."""

    cadence_ms: PositiveInt = Field(100, description="Time between checkpoints under load")
    quiet_cadence_ms: PositiveInt = Field(20, description="Time between checkpoints when little happens")
    max_changes: PositiveInt = Field(10_000, description="Changed leads and outputs that force a checkpoint")
    timeout_seconds: float = Field(60, gt=0, description="A checkpoint that is not confirmed by then ends the worker")


class DeadLetterSettings(_Group):
    """How many dead letters are an accident and how many mean that something is wrong with us."""

    max_ratio: float = Field(0.5, gt=0, le=1, description="Share of dead letters at which the worker stops")
    max_run: PositiveInt = Field(1_000, description="Dead letters in a row at which the worker stops")
    min_records: PositiveInt = Field(1_000, description="Records before the share is looked at")


class MetricsSettings(_Group):
    """Where a process tells how it is: /metrics, /livez and /readyz."""

    host: str = Field(
        "127.0.0.1", min_length=1, description="Address of /metrics, /livez and /readyz; 0.0.0.0 or :: for all"
    )
    port: int = Field(
        0, ge=0, le=65_535, description="Their port; 0: none. Each process on a machine needs one of its own"
    )


class RegistrySettings(_Group):
    """Which schema registry to use, if any (Confluent's REST interface: Apicurio, Karapace, Confluent)."""

    url: str | None = Field(
        None,
        pattern=r"^https?://[^/@\s]+(/[^@\s]*)?$",
        description="Address of the schema registry, without user and password; empty: none, outputs are single-object",
    )
    username: str | None = Field(None, description="User for the registry (HTTP Basic)")
    password: SecretStr | None = Field(None, description="Password for it; better as a file among the secrets")
    ssl_cafile: Path | None = Field(None, description="Certificates to trust (PEM); empty: the system's")
    timeout_seconds: float = Field(5, gt=0, description="A registry silent for so long counts as not there")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.username is None) != (self.password is None):
            message = "the registry needs username and password, or neither"
            raise ValueError(message)
        return self


class Settings(BaseSettings):
    """The settings of one process."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        secrets_dir_missing="ok",
        hide_input_in_errors=True,
    )

    kafka: KafkaSettings = KafkaSettings()
    retention: RetentionSettings = RetentionSettings()
    app_id: str = Field("leadtide", pattern=r"^[a-zA-Z0-9._-]{1,100}$", description="Name of the consumer group")
    production: bool = Field(default=False, description="Refuse what is only for development, such as plain text")
    model: str = Field("preset:standard-b2b", description="The model file, or preset:NAME")
    language: Annotated[str, AfterValidator(negotiated)] = Field(
        DEFAULT_LANGUAGE, description="Of titles and of what is told to people: en, zh-CN or zh-TW"
    )
    clock: Annotated[str, AfterValidator(_clock)] = Field(
        "live", description="live, stream, scaled:N or scaled:N@INSTANT: where time comes from"
    )
    delivery: Literal["auto", "exactly_once", "at_least_once"] = Field(
        "auto", description="auto takes exactly_once where the broker has transactions"
    )
    announce_from: AwareDatetime | None = Field(
        None,
        description="Transitions before this instant are marked `history` (for a back-fill: they must not reach sales)",
    )
    erasure_salt: SecretStr | None = Field(
        None,
        description="What ids of erased people are hashed with; never change it; empty: the consumer group's name",
    )
    checkpoint: CheckpointSettings = CheckpointSettings()
    dead_letters: DeadLetterSettings = DeadLetterSettings()
    metrics: MetricsSettings = MetricsSettings()
    redis: RedisSettings = RedisSettings()
    registry: RegistrySettings = RegistrySettings()
    json_outputs: bool = Field(default=False, description="Write stage changes, scores and signals as JSON")
    session_timeout_seconds: float = Field(10, ge=1, description="A worker silent for so long loses its partitions")
    watchdog_seconds: float = Field(
        60, gt=0, description="A partition with lag that stands still so long ends the worker"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="debug, info, warning or error")
    log_format: Literal["auto", "console", "json"] = Field("auto", description="auto: json unless at a terminal")

    @model_validator(mode="after")
    def _fit_for_production(self) -> Self:
        if self.production and not self.kafka.security_protocol.endswith("SSL"):
            message = (
                f"production refuses {self.kafka.security_protocol}: set "
                f"{PREFIX}KAFKA__SECURITY_PROTOCOL to SSL or SASL_SSL"
            )
            raise ValueError(message)
        if self.production and not self.redis.is_private:
            message = f"production refuses redis://: set {PREFIX}REDIS__URL to a rediss:// address"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _registry_fit_for_production(self) -> Self:
        if self.production and (self.registry.url or "").startswith("http://"):
            message = f"production refuses http:// for the registry: set {PREFIX}REGISTRY__URL to an https:// address"
            raise ValueError(message)
        return self

    @property
    def clock_spec(self) -> ClockSpec:
        """The clock, taken apart."""
        return ClockSpec.parse(self.clock)

    @property
    def group_id(self) -> str:
        """The consumer group, and the stem of the transactional ids: the app's id with the topics' prefix."""
        return f"{self.kafka.topic_prefix}{self.app_id}"

    @property
    def salt(self) -> str:
        """What the ids of the erased are hashed with: the setting, by default one of each installation."""
        return self.group_id if self.erasure_salt is None else self.erasure_salt.get_secret_value()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let nested settings come from files, too."""
        del settings_cls
        return init_settings, env_settings, dotenv_settings, NestedSecretsSettingsSource(file_secret_settings)


def load(*, env_file: Path | None = Path(".env"), secrets_dir: Path | None = None) -> Settings:
    """Read the settings of this process.

    Args:
        env_file: a file of `NAME=value` lines; one that is not there is ignored.
        secrets_dir: a directory of one file per secret; by default LEADTIDE_SECRETS_DIR, else /run/secrets.

    Raises:
        InputError: a setting does not exist or does not fit; the text names its variable and says why.
    """
    _warn_of_near_names()
    secrets = secrets_dir or Path(os.environ.get(f"{PREFIX}SECRETS_DIR") or DEFAULT_SECRETS_DIR)
    try:
        return Settings(_env_file=env_file, _secrets_dir=secrets)
    except ValidationError as error:
        problems = (f"  {_variable(problem['loc'])}: {_said(problem['msg'])}" for problem in error.errors())
        raise InputError("\n".join(["these settings cannot be used:", *problems, "see .env.reference"])) from error


def _warn_of_near_names() -> None:
    """A variable that is nearly a setting's name is a slip; others may be anybody's (Kubernetes names services so)."""
    known = [PREFIX + name.upper() for name in (*Settings.model_fields, *_NOT_SETTINGS)]
    for variable in sorted(os.environ):
        head = variable.partition("__")[0]
        if head.startswith(PREFIX) and head not in known and (near := get_close_matches(head, known, 1, 0.85)):
            _log.warning("%s is no setting and is ignored: is %s meant?", variable, variable.replace(head, near[0], 1))


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


def _variable(location: tuple[int | str, ...]) -> str:
    return PREFIX + "__".join(str(part) for part in location).upper() if location else "settings"
