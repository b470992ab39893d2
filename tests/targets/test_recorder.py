"""Every exchange becomes a redacted file of its own, that can be judged and played back."""

from __future__ import annotations

import threading

import pytest

from conformance.cassette import find, provenance, read
from conformance.check import check
from conformance.errors import CassetteError, TargetError, UsageError
from conformance.mock.server import MockServer
from conformance.targets import HttpTarget, Recorder, Secret


@pytest.fixture(scope="module")
def mock():
    """A mock that serves all tests of this module."""
    with MockServer() as server:
        yield server


@pytest.fixture
def recorder(mock, tmp_path):
    """Records what the mock answers."""
    key = Secret(mock.key)
    with Recorder(HttpTarget(mock.url, key=key), tmp_path / "recordings", key=key) as made:
        yield made


def names(recorder):
    """The names of the files, relative to the folder."""
    return [file.relative_to(recorder.folder).as_posix() for file in find([recorder.folder])]


def test_a_recording_is_what_was_exchanged(recorder, chat):
    """Bytes, edges, times and statuses foreseen are kept; the verdict is the same."""
    exchange = recorder.send(chat(), expect=(200,), case="chat-stream/plain")
    [kept] = read(recorder.folder / "chat-stream/plain.yaml")

    assert exchange.response.body == kept.response.body
    assert exchange.response.chunks == kept.response.chunks
    assert (exchange.request.body, (200,)) == (kept.request.body, kept.expect)
    assert (True, False) == (kept.observed, kept.live)
    assert () == check(kept).violations
    assert "recorded" == provenance(recorder.folder / "chat-stream/plain.yaml").kind


def test_cases_name_the_files(recorder, chat, rerank):
    """A case has a file for each exchange, without a case the request makes the name."""
    recorder.send(chat(), case="chat-stream/tools/one")
    recorder.send(rerank(), case="chat-stream/tools/one")
    recorder.send(rerank())
    recorder.send(rerank())
    recorder.send(chat())
    found = names(recorder)

    assert ["chat-stream/tools/one.yaml", "chat-stream/tools/one_002.yaml"] == found[1:3]
    assert ["chat", "rerank", "rerank"] == [name.split("/")[0] for name in (found[0], *found[3:])]
    assert found[3].replace(".yaml", "_002.yaml") == found[4]


def test_repetitions_play_in_the_order_in_which_they_were_recorded(recorder, chat):
    """Answers to one request come back in their order, beyond nine of them too."""
    times = [recorder.send(chat(), case="case").origin.number for _ in range(12)]
    files = [file.name for file in find([recorder.folder])]

    assert sorted(times) == times
    assert ["case.yaml", *(f"case_{number:03}.yaml" for number in range(2, 13))] == files


@pytest.mark.parametrize(
    "case", ["../../out", "/etc/x", "a/../../b", "c\\d:e", "…", "x" * 500, "a b\n"]
)
def test_no_name_leaves_the_folder(recorder, chat, case):
    """Whatever a case is called, its file lies in the folder and has a plain name."""
    recorder.send(chat(), case=case)
    before = {file.name for file in recorder.folder.parent.iterdir()}

    assert {"recordings"} == before
    assert 1 == len(names(recorder))
    assert all(len(part) < 100 and part.isascii() for part in names(recorder)[0].split("/"))


def test_recording_anew_replaces(mock, tmp_path, chat):
    """A second run writes the same names, so that a folder does not grow."""
    for _ in range(2):
        with Recorder(HttpTarget(mock.url, key=Secret(mock.key)), tmp_path) as recorder:
            recorder.send(chat())
            recorder.send(chat(), case="case")

    assert 2 == len(find([tmp_path]))


def test_threads_do_not_overwrite_each_other(recorder, chat):
    """Twelve exchanges of one case at the same time are twelve files."""
    threads = [
        threading.Thread(target=recorder.send, args=(chat(),), kwargs={"case": "case"})
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 12 == len(names(recorder))


def test_what_breaks_off_is_recorded(scripted, tmp_path, chat):
    """An exchange that breaks off is kept as it is, and one that never was leaves no file."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"
    server = scripted([head], [])
    with Recorder(HttpTarget(server.url), tmp_path) as recorder:
        recorder.send(chat(), case="broken")
        with pytest.raises(TargetError):
            recorder.send(chat(), case="silent")
    [kept] = read(tmp_path / "broken.yaml")

    assert (b"abc", False) == (kept.response.body, kept.response.complete)
    assert ["broken.yaml"] == [file.name for file in find([tmp_path])]


def test_a_folder_that_cannot_be_written(mock, tmp_path, chat):
    """A file where the folder should be is an error that names it, before or while recording."""
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(UsageError, match="no recordings can be written") as caught:
        Recorder(HttpTarget(mock.url), file)
    with Recorder(HttpTarget(mock.url, key=Secret(mock.key)), tmp_path / "folder") as recorder:
        (tmp_path / "folder" / "case").write_text("x")
        with pytest.raises(CassetteError, match="cannot be written"):
            recorder.send(chat(), case="case/inner")

    assert str(file) == caught.value.where
