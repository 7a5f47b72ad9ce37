"""What a registry has to do for us: the same on a real one as on the twin that the other tests use."""

import json

import pytest

from pipeline.codec.library import UnreachableError
from pipeline.codec.reasons import Reason, UnreadableError
from pipeline.codec.registry import Registry
from pipeline.codec.schemas import current
from pipeline.errors import RegistryError
from pipeline.registration import SUBJECTS, register
from pipeline.settings import RegistrySettings, Settings
from tests.registry import apicurio, twin


@pytest.fixture(scope="module", params=["twin", pytest.param("apicurio", marks=pytest.mark.kafka)])
def url(request, tmp_path_factory):
    if request.param == "twin":
        with twin.running() as here:
            yield here.url
    else:
        with apicurio.running(tmp_path_factory.mktemp("apicurio")) as address:
            yield address


@pytest.fixture
def registry(url):
    return Registry(RegistrySettings(url=url))


def record(name, **fields):
    return {
        "type": "record",
        "name": name,
        "fields": [{"name": field, **more} for field, more in fields.items()],
    }


async def test_a_schema_is_found_by_the_id_it_was_given(registry):
    """What is registered is told again under its id, and registering it again changes nothing."""
    schema = record("Found", x={"type": "int"})
    number = await registry.register("found-value", schema)
    assert await registry.schema(number) == schema
    assert await registry.id_of("found-value", schema) == number
    assert await registry.register("found-value", schema) == number
    assert await registry.versions("found-value") == [1]


async def test_what_is_not_there_is_said_not_to_be_there(registry):
    """An unknown id, subject or schema is no failure: the registry knows that there is none."""
    assert await registry.schema(987_654) is None
    assert await registry.id_of("nobody-value", record("Nobody", x={"type": "int"})) is None
    assert await registry.versions("nobody-value") == []
    await registry.register("other-value", record("Other", x={"type": "int"}))
    assert await registry.id_of("other-value", record("Other", x={"type": "long"})) is None


async def test_a_subject_with_a_rule_refuses_what_breaks_it(registry):
    """Under FULL_TRANSITIVE a changed type is incompatible and refused, a new field with a default is neither."""
    await registry.register("ruled-value", record("Ruled", x={"type": "int"}))
    await registry.set_rule("ruled-value", "FULL_TRANSITIVE")
    fits, _ = await registry.is_compatible("ruled-value", record("Ruled", x={"type": "string"}))
    assert not fits
    with pytest.raises(RegistryError, match="refuses the schema for ruled-value"):
        await registry.register("ruled-value", record("Ruled", x={"type": "string"}))
    wider = record("Ruled", x={"type": "int"}, y={"type": "int", "default": 1})
    assert await registry.is_compatible("ruled-value", wider) == (True, "")
    await registry.register("ruled-value", wider)
    assert await registry.versions("ruled-value") == [1, 2]


async def test_anything_fits_a_subject_that_is_not_there(registry):
    """The first schema of a subject breaks nothing."""
    assert (await registry.is_compatible("empty-value", record("Empty", x={"type": "int"})))[0]


async def test_all_our_schemas_can_be_registered_and_are_found_again(registry, url):
    """Every subject takes our schema, twice with the same id, and gives it back unchanged."""
    settings = Settings(registry={"url": url}, kafka={"topic_prefix": "contract."})
    for subject in SUBJECTS:
        number = await register(registry, settings, subject)
        assert await register(registry, settings, subject) == number
        assert await registry.schema(number) == current(subject.schema)


async def test_a_subject_that_holds_another_schema_is_an_error_that_names_it(registry, url):
    """A topic's subject taken by an incompatible schema stops us with its name, and nothing is registered."""
    settings = Settings(registry={"url": url}, kafka={"topic_prefix": "taken."})
    subject = SUBJECTS[-1]
    name = subject.name(settings)
    await registry.register(name, record("Signal", signal_id={"type": "long"}))
    await registry.set_rule(name, "FULL_TRANSITIVE")
    with pytest.raises(RegistryError, match=name):
        await register(registry, settings, subject)
    assert await registry.versions(name) == [1]


async def test_no_registry_at_the_address_is_no_answer_rather_than_an_unknown_schema():
    """Where nobody listens, and where the registry is out of order, no schema is said to be unknown."""
    with pytest.raises(UnreachableError, match="cannot be reached"):
        await Registry(RegistrySettings(url="http://127.0.0.1:9")).schema(1)
    with twin.running() as here:
        here.is_down = True
        with pytest.raises(UnreachableError, match="503"):
            await Registry(RegistrySettings(url=here.url)).schema(1)


async def test_user_and_password_are_sent_as_basic_authentication():
    """The settings' user and password reach the registry, and only there."""
    with twin.running() as here:
        settings = RegistrySettings(url=here.url, username="ann", password="öffne")
        await Registry(settings).versions("x-value")
        assert here.credentials == ["Basic YW5uOsO2ZmZuZQ=="]
        assert "öffne" not in repr(settings)


async def test_a_schema_that_is_not_one_avro_record_is_unusable():
    """Other kinds of schemas, and those in several parts, are told apart from unknown ones."""
    with twin.running() as here:
        number = here.add(json.dumps("string"))
        with pytest.raises(UnreadableError) as refused:
            await Registry(RegistrySettings(url=here.url)).schema(number)
        assert refused.value.reason == Reason.UNUSABLE_SCHEMA
