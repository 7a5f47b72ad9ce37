"""A client of a schema registry (Confluent's REST interface, as Apicurio, Karapace and Confluent serve it)."""

from __future__ import annotations

import json
import ssl
from typing import Any
from urllib.parse import quote
from uuid import UUID

import aiohttp

from pipeline.codec.library import UnreachableError
from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.codec.schemas import Schema
from pipeline.errors import InputError, RegistryError
from pipeline.settings import RegistrySettings

_MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"
_MAX_BYTES = 1 << 20
"""The largest answer that is read."""
_NOT_FOUND = range(40_400, 40_500)
"""Error codes that say that something is not there, as against an address where no registry is."""


class Registry:
    """One registry. A connection a call: it is asked once per schema, not once per record."""

    def __init__(self, settings: RegistrySettings) -> None:
        if settings.url is None:
            raise InputError("no schema registry is set up: set LEADTIDE_REGISTRY__URL")
        self.url = settings.url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=settings.timeout_seconds)
        self._headers = {"Accept": f"{_MEDIA_TYPE}, application/json"}
        if settings.username is not None and settings.password is not None:
            given = aiohttp.encode_basic_auth(settings.username, settings.password.get_secret_value(), "utf-8")
            self._headers["Authorization"] = given
        self._ssl = True if settings.ssl_cafile is None else _context(settings)

    async def schema(self, ref: int | UUID) -> Schema | None:
        """See `SchemaSource`. A registry that has no GUIDs knows none."""
        path = f"/schemas/ids/{ref}" if isinstance(ref, int) else f"/schemas/guids/{ref}"
        status, answer = await self._call("GET", path)
        if status == 404 and (_is_not_found(answer) or isinstance(ref, UUID)):
            return None
        return _schema_in(self._ok(status, answer, path))

    async def id_of(self, subject: str, schema: Schema) -> int | None:
        """The id under which the subject has this schema, or None. Raises UnreachableError."""
        path = f"/subjects/{quote(subject, safe='')}"
        status, answer = await self._call("POST", path, _request(schema))
        if status == 404 and _is_not_found(answer):
            return None
        return int(self._ok(status, answer, path)["id"])

    async def versions(self, subject: str) -> list[int]:
        """The versions of a subject, none if it is not there. Raises UnreachableError."""
        path = f"/subjects/{quote(subject, safe='')}/versions"
        status, answer = await self._call("GET", path)
        return [] if status == 404 and _is_not_found(answer) else list(self._ok(status, answer, path))

    async def is_compatible(self, subject: str, schema: Schema) -> tuple[bool, str]:
        """Whether the schema fits the subject's latest, by the subject's rule; and what the registry says against it.

        Raises UnreachableError.
        """
        path = f"/compatibility/subjects/{quote(subject, safe='')}/versions/latest?verbose=true"
        status, answer = await self._call("POST", path, _request(schema))
        if status == 404 and _is_not_found(answer):
            return True, ""  # there is nothing that it could break
        answer = self._ok(status, answer, path)
        return bool(answer.get("is_compatible")), "; ".join(map(str, answer.get("messages") or ()))

    async def set_rule(self, subject: str, rule: str) -> None:
        """Set a subject's compatibility, such as FULL_TRANSITIVE. Raises UnreachableError."""
        path = f"/config/{quote(subject, safe='')}"
        self._ok(*await self._call("PUT", path, {"compatibility": rule}), path)

    async def register(self, subject: str, schema: Schema) -> int:
        """Give the subject this schema as its newest; the id. Raises UnreachableError, RegistryError if refused."""
        path = f"/subjects/{quote(subject, safe='')}/versions"
        status, answer = await self._call("POST", path, _request(schema))
        if status in {409, 422}:
            raise RegistryError(f"{self.url} refuses the schema for {subject}: {_message(answer)}")
        return int(self._ok(status, answer, path)["id"])

    def _ok(self, status: int, answer: Any, path: str) -> Any:
        if status == 200 and answer is not None:
            return answer
        hint = ": are LEADTIDE_REGISTRY__USERNAME and __PASSWORD right?" if status in {401, 403} else ""
        raise UnreachableError(f"{self.url}{path} answers {status} {_message(answer)}{hint}")

    async def _call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers, data = self._headers, None
        if body is not None:
            headers = headers | {"Content-Type": _MEDIA_TYPE}
            data = json.dumps(body)
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.request(
                    method, self.url + path, data=data, headers=headers, ssl=self._ssl, allow_redirects=False
                ) as response,
            ):
                answer = await response.content.read(_MAX_BYTES)
                while chunk := await response.content.read(_MAX_BYTES):
                    answer += chunk
                    if len(answer) > _MAX_BYTES:
                        raise UnreachableError(f"{self.url}{path} answers with more than {_MAX_BYTES} bytes")
                return response.status, _parsed(answer)
        except TimeoutError as error:
            raise UnreachableError(f"{self.url} does not answer in {self._timeout.total} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise UnreachableError(f"{self.url} cannot be reached: {error}") from error


def _context(settings: RegistrySettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.ssl_cafile)
    except (OSError, ValueError) as error:
        raise InputError(f"LEADTIDE_REGISTRY__SSL_CAFILE cannot be used: {error}") from error


def _request(schema: Schema) -> dict[str, Any]:
    return {"schema": json.dumps(schema, separators=(",", ":")), "schemaType": "AVRO"}


def _parsed(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        return None


def _is_not_found(answer: Any) -> bool:
    return isinstance(answer, dict) and answer.get("error_code") in _NOT_FOUND


def _message(answer: Any) -> str:
    return str(answer.get("message", ""))[:500] if isinstance(answer, dict) else ""


def _schema_in(answer: Any) -> Schema:
    if answer.get("schemaType", "AVRO") != "AVRO":
        raise UnreadableError(Reason.UNUSABLE_SCHEMA, f"a schema of type {answer['schemaType']!s:.40}, not AVRO")
    if answer.get("references"):
        raise UnreadableError(Reason.UNUSABLE_SCHEMA, "a schema in several parts (references) cannot be read")
    try:
        schema = json.loads(answer["schema"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise UnreadableError(Reason.UNUSABLE_SCHEMA, "the registry's schema is no JSON") from error
    if not isinstance(schema, dict):
        raise UnreadableError(Reason.UNUSABLE_SCHEMA, "the schema is no record's")
    return schema
