"""`leadtide replay`: the four files, and the facts that scoring.md states of them."""

import hashlib
import json

import pytest

from pipeline import cli
from pipeline.codec.instants import parse_instant
from pipeline.identity import subject_of_email
from tests.scoring.making import doc

T = parse_instant("2026-03-02T09:00:00Z")
DAY_MS = 86_400_000
FILES = ("scores.ndjson", "stage-changes.ndjson", "signals.ndjson", "dead-letters.ndjson")
MODEL = {
    "id": "small",
    "version": 7,
    "explicit": {"rules": [{"id": "boss", "when": {"job_title": "CTO"}, "points": 30}]},
    "implicit": {"rules": [{"id": "views", "on": "web.page_viewed", "points": 10, "decay": {"half_life": "10d"}}]},
    "lifecycle": {
        "entry": "visitor",
        "stages": {"visitor": {}, "lead": {}},
        "transitions": [
            {
                "from": "visitor",
                "to": "lead",
                "when": {"implicit": {"at_least": 15}},
                "leave": {"implicit": {"at_least": 5}},
            }
        ],
    },
}
EVENTS = [
    doc("a", "web.page_viewed", T, lead_id=None, visitor_id="v1"),
    doc("c", "web.page_viewed", T + DAY_MS, lead_id="L2"),
    doc("b", "form.submitted", T + DAY_MS, visitor_id="v1", email="ann@acme.example", job_title="CTO"),
    doc("d", "web.page_viewed", T + 2 * DAY_MS, lead_id=None, visitor_id="v1", campaign={"name": "spring"}),
    doc("e", "web.page_viewed", T + 3 * DAY_MS, lead_id="L2"),
    doc("f", "form.submitted", T + 3 * DAY_MS, lead_id="L3", email="ann@acme.example"),
]


@pytest.fixture
def leadtide(tmp_path, monkeypatch, capfd):
    """Runs a command in a folder of its own: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.yaml").write_text(json.dumps(MODEL))

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["leadtide", *map(str, arguments)])
        capfd.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        return code, *capfd.readouterr()

    return run


def save(path, events, *, junk=()):
    lines = [json.dumps(e) if isinstance(e, dict) else e for e in (*events, *junk)]
    path.write_text("\n".join(lines) + "\n")


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def replayed(leadtide, tmp_path, *options, events=EVENTS, out="out"):
    """The rows of the four files."""
    save(tmp_path / "events.ndjson", events)
    code, _, told = leadtide("replay", "--model", "model.yaml", "--out", out, *options, "events.ndjson")
    assert code == 0, told
    return [rows(tmp_path / out / name) for name in FILES]


def test_a_replay_catches_up_to_the_latest_event(leadtide, tmp_path):
    """Every lead is scored at the latest event's time; subjects that are aliases have no line."""
    scores, changes, signals, dead = replayed(leadtide, tmp_path)
    assert {row["as_of"] for row in scores} == {"2026-03-05T09:00:00.000Z"}
    ann = scores[0]
    assert [row["lead_id"] for row in scores] == ["L1", "L2", "L3"]
    assert ann["implicit"] == 10 * 2.0 ** -(3 / 10) + 10 * 2.0 ** -(1 / 10)
    assert (ann["explicit"], ann["stage"], ann["grade"]) == (30.0, "lead", "C4")
    assert (ann["account"], ann["first_campaign"]) == ("acme.example", "spring")
    assert ann["aliases"] == sorted(["v:v1", subject_of_email("ann@acme.example")])
    assert (ann["anonymous"], ann["owner"]) == (False, None)
    assert [c["cause"] for c in changes] == ["activity", "activity"]
    assert [(s["signal"], s["lead_id"], s["other"]) for s in signals] == [("duplicate_suspected", "L3", "L1")]
    assert dead == []


def test_due_at_is_the_instant_of_the_next_change(leadtide, tmp_path):
    """Told to replay until then, the lead has changed; a millisecond before, it has not."""
    scores = replayed(leadtide, tmp_path)[0]
    due = min(row["due_at"] for row in scores if row["stage"] == "lead")
    assert len(replayed(leadtide, tmp_path, "--until", due)[1]) == 3
    (change,) = [c for c in replayed(leadtide, tmp_path, "--until", due)[1] if c["occurred_at"] == due]
    assert (change["cause"], change["to_stage"], change["implicit"] < 5) == ("decay", "visitor", True)
    before = parse_instant(due) - 1
    earlier = [c["occurred_at"] for c in replayed(leadtide, tmp_path, "--until", _text(before))[1]]
    assert due not in earlier
    assert len(earlier) == 2


def _text(instant):
    from pipeline.codec.instants import format_instant

    return format_instant(instant)


def test_events_after_until_are_not_read(leadtide, tmp_path):
    """A replay until T is the replay of the events up to T, brought to T."""
    until = "2026-03-04T00:00:00Z"
    part = replayed(leadtide, tmp_path, "--until", until)
    early = [e for e in EVENTS if e["occurred_at"] <= parse_instant(until)]
    assert len(early) == 3
    assert replayed(leadtide, tmp_path, "--until", until, events=early) == part


def test_the_order_in_the_file_does_not_count_but_as_arrived_keeps_it(leadtide, tmp_path):
    """Sorted by (occurred_at, event_id) unless --as-arrived; scores are equal to the byte in either case."""
    late = [doc(f"x{day}", "web.page_viewed", T + day * DAY_MS, lead_id="L9") for day in (60, 61, 0, 1)]
    save(tmp_path / "one.ndjson", [*EVENTS[:5], *late])
    save(tmp_path / "two.ndjson", [*EVENTS[4::-1], EVENTS[2], *late])
    for name, options in (("one", []), ("two", []), ("two", ["--as-arrived"])):
        out = name + "".join(options)
        assert leadtide("replay", "--model", "model.yaml", "--out", out, *options, f"{name}.ndjson")[0] == 0
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    arrived = tmp_path / "two--as-arrived"
    assert rows(arrived / "scores.ndjson") == rows(tmp_path / "one" / "scores.ndjson")
    moved = [[c["lead_id"] for c in rows(d / "stage-changes.ndjson")].count("L9") for d in (arrived, tmp_path / "one")]
    assert moved == [1, 3]  # x0 and x1 came when their days had long been decided


def test_a_second_run_writes_the_same_bytes(leadtide, tmp_path):
    """Two runs can be compared with `diff`, ledger and all."""
    for out in ("first", "second"):
        replayed(leadtide, tmp_path, "--explain", "--attributes", "job_title,city", out=out)
    for name in FILES:
        first = (tmp_path / "first" / name).read_bytes()
        assert first == (tmp_path / "second" / name).read_bytes()
        assert first or name == "dead-letters.ndjson"


def test_rows_and_keys_are_sorted(leadtide, tmp_path):
    """By lead; by (lead, seq); by (lead, instant, id); keys alphabetically; no `decided_at`."""
    scores, changes, signals, _ = replayed(leadtide, tmp_path, "--until", "2026-06-01T00:00:00Z")
    assert [r["lead_id"] for r in scores] == sorted(r["lead_id"] for r in scores)
    assert [(r["lead_id"], r["seq"]) for r in changes] == sorted((r["lead_id"], r["seq"]) for r in changes)
    assert len(changes) == 4
    for row in (*scores, *changes, *signals):
        assert list(row) == sorted(row)
    assert not any("decided_at" in row for row in changes)
    assert changes[0]["model_version"].startswith("7+")


def test_dead_letters_say_where_they_lie_and_what_they_were(leadtide, tmp_path):
    """reason, message, sha256 of the bytes, file and line from 1; blank lines are counted."""
    merged = json.dumps(doc("m", "crm.merged", T, lead_id="L2", into="null"))
    save(tmp_path / "bad.ndjson", EVENTS[:1], junk=["", "not json", "[1]", merged, '{"event_id":"x"}'])
    code, _, _ = leadtide("replay", "--model", "model.yaml", "--out", "out", "bad.ndjson")
    found = rows(tmp_path / "out" / "dead-letters.ndjson")
    assert code == 0
    assert [(r["file"], r["line"], r["reason"]) for r in found] == [
        ("bad.ndjson", 3, "not_json"),
        ("bad.ndjson", 4, "not_an_object"),
        ("bad.ndjson", 5, "no_identity"),
        ("bad.ndjson", 6, "missing_field"),
    ]
    assert found[0]["sha256"] == hashlib.sha256(b"not json").hexdigest()
    assert found[2]["sha256"] == hashlib.sha256(merged.encode()).hexdigest()
    assert all(r["message"] for r in found)
    assert leadtide("replay", "--strict", "--model", "model.yaml", "--out", "out", "bad.ndjson")[0] == 1


def test_strict_does_not_mind_clean_files(leadtide, tmp_path):
    """--strict fails for dead letters only."""
    replayed(leadtide, tmp_path, "--strict")


def test_attributes_and_ledger_are_added_when_asked_for(leadtide, tmp_path):
    """--attributes lie under `attributes`, --explain adds the ledger, which adds up to the score."""
    plain = replayed(leadtide, tmp_path)[0]
    assert not any("attributes" in row or "ledger" in row for row in plain)
    for row in replayed(leadtide, tmp_path, "--explain", "--attributes", "job_title,email_domain")[0]:
        assert set(row["attributes"]) == {"job_title", "email_domain"}
        assert row["ledger"]["implicit"]["value"] == row["implicit"]
        assert row["ledger"]["total"] == row["total"]
    assert {"job_title": "CTO", "email_domain": "acme.example"} in [
        row["attributes"] for row in replayed(leadtide, tmp_path, "--attributes", "job_title,email_domain")[0]
    ]


def test_totals_come_as_json(leadtide, tmp_path):
    """--json prints how many lines each file has, on stdout."""
    save(tmp_path / "events.ndjson", EVENTS, junk=["x"])
    code, out, _ = leadtide("replay", "--json", "--model", "model.yaml", "--out", "out", "events.ndjson")
    assert code == 0
    assert json.loads(out) == {"events": 6, "scores": 3, "stage_changes": 2, "signals": 1, "dead_letters": 1}


def test_no_events_make_four_empty_files(leadtide, tmp_path):
    """An empty file is no error."""
    assert replayed(leadtide, tmp_path, events=[]) == [[], [], [], []]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere.ndjson"], 2, "nowhere.ndjson: there is no such file"),
        (["--until", "yesterday", "events.ndjson"], 2, "'yesterday'"),
        (["--model", "nowhere.yaml", "events.ndjson"], 3, "nowhere.yaml"),
        (["--out", "events.ndjson", "events.ndjson"], 2, "events.ndjson: a file is there already"),
    ],
)
def test_what_cannot_be_used_is_one_message_and_an_exit_code(leadtide, tmp_path, arguments, code, said):
    """By cause: 2 a file or argument, 3 the model."""
    save(tmp_path / "events.ndjson", EVENTS)
    found, out, err = leadtide("replay", "--out", "out", *arguments)
    assert (found, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_the_model_of_the_env_file_is_the_one_in_force(leadtide, tmp_path):
    """Settings out of `.env` count for replay as for the worker, and what is wrong in it is said as there."""
    save(tmp_path / "events.ndjson", EVENTS)
    (tmp_path / ".env").write_text("LEADTIDE_MODEL=model.yaml\n")
    assert leadtide("replay", "--out", "by-setting", "events.ndjson")[0] == 0
    assert leadtide("replay", "--out", "by-option", "--model", "model.yaml", "events.ndjson")[0] == 0
    name = "stage-changes.ndjson"
    assert (tmp_path / "by-setting" / name).read_text() == (tmp_path / "by-option" / name).read_text() != ""
    (tmp_path / ".env").write_text("LEADTIDE_CLOCK=sundial\n")
    code, _, err = leadtide("replay", "--out", "out", "events.ndjson")
    assert (code, "LEADTIDE_CLOCK: 'sundial' is none of" in err) == (2, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "mql=lead"], "--map mql=lead needs another model: name it with --then INSTANT=FILE"),
        (["--map", "mql"], "--map mql: write OLD=NEW, such as --map mql=lead"),
        (["--map", ""], "--map '': write OLD=NEW, such as --map mql=lead"),
        (["--then", "2026-03-01T00:00:00Z="], "--then 2026-03-01T00:00:00Z=: write INSTANT=FILE"),
    ],
)
def test_options_on_another_model_that_say_nothing_are_refused(leadtide, tmp_path, options, said):
    """Each is told with what to write, and nothing is scored."""
    save(tmp_path / "events.ndjson", EVENTS)
    code, _, told = leadtide("replay", "--model", "model.yaml", "--out", "out", *options, "events.ndjson")
    assert code != 0
    assert said in told
    assert not (tmp_path / "out").exists()


def test_an_until_before_all_events_is_told(leadtide, tmp_path):
    """The files are written, empty, and a warning says why."""
    save(tmp_path / "events.ndjson", EVENTS)
    ask = ("replay", "--model", "model.yaml", "--out", "out", "events.ndjson", "--until")
    code, _, told = leadtide(*ask, "1999-01-01T00:00:00Z")
    assert (code, rows(tmp_path / "out" / "scores.ndjson")) == (0, [])
    assert "no event lies at or before 1999-01-01T00:00:00Z (--until): nothing was scored" in told
    assert "no event lies" not in leadtide(*ask, "2099-01-01T00:00:00Z")[2]
