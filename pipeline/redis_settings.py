"""How to reach the Redis-compatible server that keeps the read model."""

import re
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, SecretStr, field_validator, model_validator

from pipeline.errors import InputError

_SCHEMES = ("redis", "rediss", "unix")


class RedisSettings(BaseModel):
    """Where the read model is kept. No address: there is none, and nothing looks for one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str | None = Field(
        None, description="redis://host:port/0, rediss:// for TLS or unix:///socket, without a password; empty: none"
    )
    username: str | None = Field(None, description="User of Redis")
    password: SecretStr | None = Field(None, description="Password for Redis; better as a file among the secrets")
    ssl_cafile: Path | None = Field(None, description="Certificates to trust (PEM); empty: the system's")
    ssl_certfile: Path | None = Field(None, description="Our certificate (PEM), where the server asks for one")
    ssl_keyfile: Path | None = Field(None, description="The key of our certificate (PEM)")
    ssl_key_password: SecretStr | None = Field(None, description="The password of that key")
    ssl_check_hostname: bool = Field(default=True, description="Whether the server's certificate must name its host")
    key_prefix: str = Field(
        "leadtide:",
        pattern=r"^[a-zA-Z0-9._:-]*$",
        max_length=100,
        description="Put before the topics' prefix in every key: several installations in one Redis",
    )
    timeout_seconds: float = Field(5, gt=0, description="A request that takes longer has failed and is made again")
    lease_seconds: float = Field(10, ge=1, description="A projector silent for so long is replaced by one that waits")
    batch_records: PositiveInt = Field(2_000, description="Records applied in one step, which Redis does at once")

    @field_validator("url")
    @classmethod
    def _usable(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.username or parts.password or parts.query:
            message = "no user, password or options in the address: there are settings of their own for them"
            raise ValueError(message)
        if parts.scheme not in _SCHEMES or not (parts.hostname or parts.scheme == "unix"):
            message = f"an address such as redis://127.0.0.1:6379/0 is expected ({', '.join(_SCHEMES)})"
            raise ValueError(message)
        if parts.scheme != "unix" and not re.fullmatch(r"(/\d*)?", parts.path):
            message = "after the port there may be the number of a database only"
            raise ValueError(message)
        return url

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.username and not self.password:
            message = "a user of Redis needs a password"
            raise ValueError(message)
        return self

    @property
    def is_private(self) -> bool:
        """Whether nobody on the way can read along."""
        return self.url is None or not self.url.startswith("redis:")

    def client_options(self) -> dict[str, Any]:
        """The keyword arguments that a client takes beside the address. Raises InputError for a missing certificate."""
        options: dict[str, Any] = {"username": self.username}
        if self.password is not None:
            options["password"] = self.password.get_secret_value()
        if self.url is None or not self.url.startswith("rediss:"):
            return options
        for name in ("ssl_cafile", "ssl_certfile", "ssl_keyfile"):
            path = getattr(self, name)
            if path is not None and not path.is_file():
                raise InputError(f"LEADTIDE_REDIS__{name.upper()}: there is no file {path}")
        return options | {
            "ssl_ca_certs": None if self.ssl_cafile is None else str(self.ssl_cafile),
            "ssl_certfile": None if self.ssl_certfile is None else str(self.ssl_certfile),
            "ssl_keyfile": None if self.ssl_keyfile is None else str(self.ssl_keyfile),
            "ssl_password": None if self.ssl_key_password is None else self.ssl_key_password.get_secret_value(),
            "ssl_check_hostname": self.ssl_check_hostname,
        }
