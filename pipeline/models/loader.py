"""From the model file to the core's `Model`, or to everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path as FilePath
from typing import Any

from pipeline.models import lifecycle, rules, sections
from pipeline.models.account import account
from pipeline.models.calendars import calendars
from pipeline.models.context import Context, titles
from pipeline.models.crawlers import crawler_digest, is_crawler
from pipeline.models.document import MOST_BYTES, read_document
from pipeline.models.findings import Finding, ModelFindings, UnreadableModel
from pipeline.models.free_mail import free_mail_digest, free_mail_domains
from pipeline.models.hints import did_you_mean
from pipeline.models.interest import interest
from pipeline.models.mistaken import events_instead, preset_meant
from pipeline.models.scores import scores
from pipeline.models.shape import flaws_of
from pipeline.scoring.model import Bots, Category, Interest, Internal, Model

PRESET = "preset:"
DEFAULT_MODEL = "preset:standard-b2b"
"""The model in force when none is named."""


def load_model(ref: str | FilePath = DEFAULT_MODEL) -> Model:
    """The model in a file, or with `preset:NAME` one that ships with the project.

    Raises ModelFindings (a ModelError) with everything that is wrong, each with line, column and remedy.
    """
    text, name = read_model_text(ref)
    return parse_model(text, name)


def read_model_text(ref: str | FilePath) -> tuple[str, str]:
    """The text of a model and the name that its findings carry. Raises UnreadableModel."""
    name = str(ref)
    source: FilePath | Traversable = FilePath(name)
    if name.startswith(PRESET):
        wanted = name.removeprefix(PRESET)
        if wanted not in preset_names():
            raise _unreadable(name, f"there is no preset `{wanted}`", did_you_mean(wanted, preset_names()))
        source = _presets() / f"{wanted}.yaml"
    try:
        if isinstance(source, FilePath) and source.is_file() and source.stat().st_size > MOST_BYTES:
            _refuse_events(_beginning(source), name)
            raise _unreadable(name, "the file is larger than 1 MiB", "split the model")
        raw = source.read_bytes()
    except FileNotFoundError:
        meant = preset_meant(name, preset_names())
        remedy = f"did you mean `{PRESET}{meant}`?" if meant else f"check the path, or name a preset: `{DEFAULT_MODEL}`"
        raise _unreadable(name, "there is no such file", remedy) from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unreadable(name, f"the file cannot be read: {said}", "name a readable text file") from None
    try:
        return raw.decode("utf-8-sig"), name
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        raise UnreadableModel([Finding(line, column, "the file is not UTF-8 here", "save it as UTF-8", name)]) from None


def preset_names() -> tuple[str, ...]:
    """The names of the models that ship with the project."""
    return tuple(sorted(f.name.removesuffix(".yaml") for f in _presets().iterdir() if f.name.endswith(".yaml")))


def _presets() -> Traversable:
    return files("pipeline.models") / "presets"


def _beginning(source: FilePath) -> str:
    with source.open("rb") as file:
        return file.readline(MOST_BYTES).decode("utf-8", "replace")


def _refuse_events(text: str, name: str) -> None:
    finding = events_instead(text, name)
    if finding is not None:
        raise UnreadableModel([finding])


def _unreadable(name: str, message: str, remedy: str) -> UnreadableModel:
    return UnreadableModel([Finding(1, 1, message, remedy, name)])


def parse_model(text: str, name: str = "model") -> Model:
    """The model that `text` describes; `name` is what findings call the file. Raises ModelFindings.

    A pure function of the text and of the lists that ship with the project.
    """
    _refuse_events(text, name)
    root, findings = read_document(text, name)
    data = root.data()
    flaws = flaws_of(data)
    context = Context(root, name, flaws, findings)
    if not isinstance(data, dict):
        remedy = "begin with `id: my-model` and `version: 1`"
        raise ModelFindings(
            [*findings, Finding(root.line, root.column, "a model is a map (`key: value`)", remedy, name)]
        )
    model = _model(data, context, text)
    findings = context.findings
    said = {(finding.line, finding.column) for finding in findings}
    shaped = [Finding(*root.place(f.path, key=f.at_key), f.message, f.remedy, name) for f in flaws]
    findings += [finding for finding in shaped if (finding.line, finding.column) not in said]
    if findings or model is None:
        raise ModelFindings(findings)
    return model


def _model(data: dict[str, Any], context: Context, text: str) -> Model | None:
    context.fold = data.get("fold") == "case"
    context.lists = sections.lists(data)
    cuts = sections.grades(data.get("grades"), context)
    context.grades = sections.all_grades(cuts)
    ids: rules.Ids = {}
    build = context.build
    explicit = build(("explicit",), lambda: rules.explicit(data.get("explicit", {}), context, ids), Category())
    implicit = build(("implicit",), lambda: rules.implicit(data.get("implicit", {}), context, ids), Category())
    zone = sections.timezone(data, context)
    kind = lifecycle.of_leads(calendars(data.get("calendars"), zone, context))
    stages = lifecycle.MINIMAL
    if data.get("lifecycle") is not None:
        stages = build(kind.path, lambda: lifecycle.lifecycle(data["lifecycle"], context, kind), lifecycle.MINIMAL)
    no_bots = Bots(is_crawler)
    bots = build(("bots",), lambda: sections.bots(data.get("bots", {}), context), no_bots)
    internal = build(("internal",), lambda: sections.internal(data.get("internal", {}), context), Internal())
    said = build(("signals",), lambda: interest(data.get("signals", {}), context), Interest())
    stage_ids = [stage.id for stage in stages.stages]
    named = scores(data.get("scores"), stage_ids, context)
    accounts = build(("account",), lambda: account(data["account"], context), None) if "account" in data else None
    if context.findings or context.flaws:
        return None
    version = context.root.at(("version",)).raw
    weights = data.get("weights", {})
    return Model(
        id=data["id"],
        version=version,
        digest=_digest({**data, "version": version}),
        explicit=explicit,
        implicit=implicit,
        lifecycle=stages,
        bots=bots,
        timezone=zone,
        nulls=frozenset(data.get("nulls", ())),
        free_mail=free_mail_domains(),
        weight_explicit=float(weights.get("explicit", 1)),
        weight_implicit=float(weights.get("implicit", 1)),
        grades=cuts,
        internal=internal,
        consent=sections.consent(data.get("consent", {})),
        interest=said,
        scores=named,
        account=accounts,
        kept_names=frozenset({*context.names, *data.get("keep", ())}),
        titles=titles(data.get("title")),
        warnings=tuple(text for _, text in sorted(set(context.warnings))),
        text=text,
    )


def _digest(data: dict[str, Any]) -> str:
    """Hex SHA-256 over the meaning: canonical JSON, the order of the stages, and the lists that ship with us."""
    order = list((data.get("lifecycle") or {}).get("stages") or ())
    meaning = [_canonical(data), order, crawler_digest(), free_mail_digest()]
    if "account" in data:
        meaning.append(list((data["account"].get("lifecycle") or {}).get("stages") or ()))
    packed = json.dumps(meaning, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(packed.encode("utf-8", "surrogatepass")).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _canonical(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_canonical(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
