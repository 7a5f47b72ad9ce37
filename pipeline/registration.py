"""Our schemas in a registry: one subject a topic, `<topic>-value`, each with the rule that its consumers rely on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline import topics
from pipeline.codec.library import UnreachableError
from pipeline.codec.registry import Registry
from pipeline.codec.schemas import current
from pipeline.errors import RegistryError
from pipeline.settings import Settings

BACKWARD, FULL = "BACKWARD_TRANSITIVE", "FULL_TRANSITIVE"


@dataclass(frozen=True, slots=True)
class Subject:
    """One subject: its topic, the schema's name here, and its compatibility.

    Inbound is BACKWARD_TRANSITIVE: we read what any release's producers wrote. Outbound is FULL_TRANSITIVE: consumers
    and we are upgraded in any order.
    """

    topic: topics.Topic
    schema: str
    rule: str

    def name(self, settings: Settings) -> str:
        """The subject's name in the registry."""
        return f"{self.topic.full_name(settings.kafka.topic_prefix)}-value"


INBOUND = tuple(Subject(topic, "event", BACKWARD) for topic in topics.INPUTS)
OUTBOUND = (
    Subject(topics.STAGE_CHANGES, "stage-change", FULL),
    Subject(topics.SCORES, "score", FULL),
    Subject(topics.SIGNALS, "signal", FULL),
)
SUBJECTS = (*INBOUND, *OUTBOUND)


async def register(registry: Registry, settings: Settings, subject: Subject) -> int:
    """The id of the subject's current schema, registered now if it is not there. Raises RegistryError.

    A registry that only lets us read serves as well, once the schemas are there.
    """
    name, schema = subject.name(settings), current(subject.schema)
    with told():
        known = await registry.id_of(name, schema)
        if known is not None:
            return known
        is_new = not await registry.versions(name)
        fits, why = await registry.is_compatible(name, schema)
        if not fits:
            raise RegistryError(
                f"{registry.url}: the subject {name} holds a schema that ours does not fit"
                f"{f' ({why})' if why else ''}: is the topic another program's, or was this schema changed by hand? "
                "`leadtide schemas check` compares them"
            )
        schema_id = await registry.register(name, schema)
        if is_new:
            await registry.set_rule(name, subject.rule)
        return schema_id


@contextmanager
def told() -> Iterator[None]:
    """Turn a registry that does not answer into one message with what to do."""
    try:
        yield
    except UnreachableError as error:
        raise RegistryError(f"the schema registry cannot be used: {error}; see LEADTIDE_REGISTRY__URL") from error
