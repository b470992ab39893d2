from __future__ import annotations

import json
from dataclasses import replace

import pytest

from conformance.cassette import read
from conformance.check import check
from conformance.errors import ConformanceError, UsageError
from conformance.report.collect import Collector
from conformance.report.folder import ReportFolder, header_of, make_views
from conformance.report.model import report_of
from conformance.report.outcome import Trouble
from conformance.report.records import Case, Check, ExchangeRecord, as_line, from_line, read_records
from conformance.rules.registry import all_rules
from conformance.transcript import exchange_from
from conformance.wire import Exchange, Origin, Request, Response
from tests.report.made import breaking, every_breach, written

KEY = "co-key-of-a-canary-1234567890"
VIEWS = {"report.jsonl", "report.html", "junit.xml", "summary.md"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A report of a breach of every rule, and its folder."""
    folder = tmp_path_factory.mktemp("whole")
    return every_breach(folder), folder


def lines(folder):
    """The lines of a report as objects."""
    return [json.loads(line) for line in (folder / "report.jsonl").read_text().splitlines()]


def test_a_report_begins_with_its_header_and_ends_with_its_footer(whole):
    """Versions, the contract's sum and the target come first; counts and `complete` last."""
    _, folder = whole
    first, *_, last = lines(folder)

    assert ("header", 1, "check", "captures") == tuple(
        first[name] for name in ("kind", "format", "command", "target")
    )
    assert 64 == len(first["spec_sha256"])
    assert {"python", "jsonschema-rs"} <= set(first["versions"])
    assert ("footer", True, 1) == (last["kind"], last["complete"], last["exit"])
    assert len(all_rules()) == last["counts"]["exchanges"] == last["counts"]["cases"]
    assert sum(last["rules"].values()) == sum(
        last["counts"][name] for name in ("errors", "warnings", "infos")
    )


def test_every_rule_and_every_violation_is_in_the_report(whole):
    """A violation follows its exchange and case; a check tells of every rule."""
    report, folder = whole
    kinds = [line["kind"] for line in lines(folder)]
    broken = {line["code"] for line in lines(folder) if line["kind"] == "violation"}
    codes = {rule.code for rule in all_rules()}

    assert codes == broken == {check.name for check in report.checks}
    assert [] == report.stray
    assert "coverage" in kinds


def test_all_views_are_made(whole):
    """The folder has the four files, and capsules."""
    _, folder = whole

    assert VIEWS | {"capsules"} == {file.name for file in folder.iterdir()}


def test_a_capsule_is_judged_again_with_the_same_result(whole):
    """Each capsule is a recording, and `check` finds in it what the report tells."""
    report, folder = whole
    checked = 0
    for place in report.places:
        told = {(v.violation.code, v.violation.event) for v in place.violations}
        names = {v.capsule for v in place.violations}
        for name in names - {""}:
            [exchange] = read(folder / name)
            found = {(v.code, v.event) for v in check(exchange).violations}
            if place.record.replays:
                assert told <= found
                checked += 1

    assert checked > 100


def test_what_redaction_takes_away_is_told(tmp_path):
    """A header that is not kept and that a violation is about makes the capsule say so."""
    exchange = exchange_from("status 400\nbody {}")
    headers = (("content-type", "application/json"), ("location", "x"))
    lost = replace(exchange, response=Response(200, headers, b"{}"))
    violation = replace(check(lost).violations[0], code="HTTP-018")
    taken = Collector().take(lost, [violation])

    assert taken.exchange.record is not None
    assert not taken.exchange.replays
    folder = ReportFolder(tmp_path, header_of("check"))
    folder.add_all(taken.records)
    folder.finish(1)
    [capsule] = (tmp_path / "capsules").iterdir()
    assert "redacted" in json.loads(capsule.read_text())["judged"]["note"]


def test_views_are_made_of_the_jsonl_alone(whole, tmp_path):
    """The same views come from report.jsonl in another place, byte for byte."""
    _, folder = whole
    (tmp_path / "report.jsonl").write_bytes((folder / "report.jsonl").read_bytes())
    make_views(tmp_path / "report.jsonl", tmp_path / "again")

    for name in VIEWS - {"report.jsonl"}:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_so_many_exchanges_of_a_rule_are_kept(tmp_path):
    """Of twenty breaches of a rule all are listed, and three kept whole, whoever kept them."""
    exchanges = [breaking("STREAM-014", file=f"{number}.sse") for number in range(20)]
    with ReportFolder(tmp_path, header_of("check"), keep=3) as folder:
        for half in (exchanges[:10], exchanges[10:]):
            collector = Collector(keep=3)
            for exchange in half:
                folder.add_all(collector.take_verdict(check(exchange)).records)
        folder.finish(1)
    found = [each for each in lines(tmp_path) if each["kind"] == "exchange"]

    assert 20 == len(found)
    assert 3 == sum("record" in each for each in found)


def test_an_earlier_report_is_replaced(tmp_path):
    """Nothing of an earlier report is left, and nothing else in the folder is touched."""
    written(tmp_path, [breaking("STREAM-014")], finish=1)
    (tmp_path / "mine.txt").write_text("mine")
    written(tmp_path, [])

    assert [] == list((tmp_path / "capsules").iterdir())
    assert "mine" == (tmp_path / "mine.txt").read_text()
    assert 0 == lines(tmp_path)[-1]["counts"]["exchanges"]


def test_a_run_that_was_stopped_leaves_a_report_that_says_so(tmp_path):
    """Without `finish` there is no footer, and the views made later tell of the break."""
    taken = Collector().take_verdict(check(breaking("STREAM-014")))

    def stopped():
        with ReportFolder(tmp_path, header_of("check")) as folder:
            folder.add_all(taken.records)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    report = make_views(tmp_path / "report.jsonl", tmp_path)

    assert report.footer is None
    assert 1 == len(report.places)
    assert report.sentence().endswith("the run did not come to its end")
    assert "did not come to its end" in (tmp_path / "report.html").read_text()


def test_a_folder_that_cannot_be_written_is_a_usage_error(tmp_path):
    """Where a file stands in the way, one message names the option."""
    (tmp_path / "file").write_text("")

    with pytest.raises(UsageError) as raised:
        ReportFolder(tmp_path / "file", header_of("check"))
    assert str(raised.value.where).startswith("--report")


def test_views_that_cannot_be_written_are_one_error(tmp_path):
    """`make_views` into a place that is a file raises one error that names it."""
    written(tmp_path, [])
    (tmp_path / "file").write_text("")

    with pytest.raises(ConformanceError) as raised:
        make_views(tmp_path / "report.jsonl", tmp_path / "file")
    assert str(tmp_path / "file") == raised.value.where


def test_no_key_reaches_a_report(tmp_path):
    """A key in headers, address, bodies and messages of the server is in no file of a report."""
    headers = (("Authorization", f"Bearer {KEY}"), ("X-Api-Key", KEY), ("Cookie", f"k={KEY}"))
    request = Request("POST", f"https://api.cohere.com/v2/chat?key={KEY}", headers, KEY.encode())
    answer = json.dumps({"message": {"long": "x" * 40 + KEY}, "id": KEY}).encode()
    response = Response(401, (("content-type", "application/json"), ("x-echo", KEY)), answer)
    exchange = Exchange(request, response, Origin("a.yaml"), endpoint="chat-stream", observed=True)
    collector = Collector(secrets=[KEY])
    with ReportFolder(tmp_path, header_of("run", "https://api.cohere.com")) as folder:
        taken = collector.take_verdict(check(exchange))
        folder.add_all(taken.records)
        folder.add(taken.as_case())
        folder.finish(1)
    texts = [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]

    assert 5 == len(texts)
    assert taken.exchange.record is not None
    assert [] == [text for text in texts if KEY[:12] in text or KEY[-12:] in text]


def test_what_no_recording_can_hold_is_listed_and_not_kept(tmp_path):
    """A status that HTTP does not have keeps an exchange from being kept, not from being told."""
    exchange = replace(breaking("HTTP-011"), response=Response(9999))
    report = written(tmp_path, [exchange], finish=1)

    assert report.places[0].record.record is None
    assert report.places[0].violations


def test_troubles_and_findings_of_no_exchange_are_told(tmp_path):
    """What could not be judged, and what a run finds over several exchanges, stand by themselves."""
    violation = check(breaking("STREAM-014")).violations[0]
    collector = Collector()
    with ReportFolder(tmp_path, header_of("run", "mock:", party="server")) as folder:
        folder.add(Trouble("a.yaml", "is empty", hint="record it again"))
        folder.add(Case("chat-stream/x", "trouble", "chat-stream", message="no answer"))
        made = collector.take_verdict(check(breaking("RERANK-106"))).violations[0]
        folder.add(replace(made, violation=violation, case="chat-stream/x"))
        folder.add(Check("RUN-001", "a check", None, 0, proved=True))
        report = folder.finish(2)

    assert ["is empty"] == [each.what for each in report.troubles]
    assert [violation] == [each.violation for each in report.stray]
    assert "1 check, 1 shown able to fail" == report.proof()
    assert "nothing judged" in report.sentence()
    assert 1 == lines(tmp_path)[-1]["counts"]["unreadable"]


def test_the_other_party_is_counted_apart():
    """In a report about servers, what clients broke is told and does not count."""
    client = breaking("CHAT-007", file="a.sse")
    taken = Collector().take_verdict(check(client))
    header = replace(header_of("run", "mock:"), party="server")
    report = report_of([header, *taken.records, taken.as_case()])

    assert 0 == sum(group.party == "client" for group in report.groups())
    assert report.others > 0
    assert [] == [each for each in report.violations() if report.fails(each.violation)]


def test_an_exchange_that_a_run_does_not_judge_says_why(tmp_path):
    """What the caller leaves out is listed with the caller's reason, and counted as not judged."""
    taken = Collector().take(breaking("STREAM-014"), (), unjudged="not described")
    with ReportFolder(tmp_path, header_of("run")) as folder:
        folder.add_all(taken.records)
        folder.finish(0)

    assert (False, "not described") == (taken.exchange.judged, taken.exchange.reason)
    assert {"not described": 1} == lines(tmp_path)[-1]["reasons"]


def test_records_survive_the_file(whole):
    """What `read_records` gives is what the lines say, and writing it again changes nothing."""
    _, folder = whole
    text = (folder / "report.jsonl").read_text().splitlines()
    records = list(read_records(folder / "report.jsonl"))

    assert len(text) == len(records)
    assert [json.loads(line) for line in text] == [json.loads(as_line(each)) for each in records]
    assert sum(isinstance(from_line(line), ExchangeRecord) for line in text) == len(all_rules())
