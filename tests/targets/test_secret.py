"""A key shows itself nowhere, and what would not be a key is refused without being shown."""

from __future__ import annotations

import copy
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import UsageError
from conformance.targets.secret import Secret, guard_logs, release_logs, secret_from


def test_a_key_shows_itself_as_stars(fake_key):
    """No way of turning a secret into text gives the key, only `reveal` does."""
    secret = Secret(f" {fake_key}\n")
    texts = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>9}",
        f"{[secret]}",
        "".join(map(str, [secret])),
    ]

    assert fake_key == secret.reveal()
    assert [] == [text for text in texts if text.strip("[]") != "***"]


def test_a_key_is_not_written_down(fake_key):
    """A secret cannot be pickled, as it would be to reach another process, and copies share it."""
    secret = Secret(fake_key)

    assert secret is copy.copy(secret)
    assert secret is copy.deepcopy([secret])[0]
    with pytest.raises(TypeError, match="not written down"):
        pickle.dumps(secret)


@pytest.mark.parametrize(
    "value", ["", " ", "Bearer abcdefghij", "abc\ndefghijkl", "schlüssel-123", "'quoted-key-1'"]
)
def test_what_no_header_can_carry_is_refused(value):
    """A text with other characters than a bearer token has is refused without being shown."""
    with pytest.raises(UsageError, match="no bearer token") as caught:
        Secret(value, "`CO_API_KEY`")
    shown = [str(caught.value), *(repr(entry.frame.f_locals) for entry in caught.traceback[1:])]

    assert [] == [text for text in shown if value.strip() and value.strip() in text]
    assert "`CO_API_KEY`" == caught.value.where


def test_a_key_comes_from_the_environment(monkeypatch, fake_key):
    """The named variable holds the key; unset and empty variables hold none."""
    monkeypatch.setenv("SOME_KEY", fake_key)
    monkeypatch.setenv("EMPTY_KEY", "  ")
    found = secret_from("SOME_KEY")

    assert (fake_key, "`SOME_KEY`") == (found.reveal(), found.origin)
    assert [None, None] == [secret_from("EMPTY_KEY"), secret_from("ABSENT_KEY")]


@given(
    key=st.from_regex(r"[A-Za-z0-9._~+/-]{8,60}", fullmatch=True),
    around=st.tuples(st.text(), st.text()),
)
def test_a_text_is_rid_of_the_key(key, around):
    """Whatever stands around it, the key is not in the text any more."""
    hidden = Secret(key).hidden(around[0] + key + around[1])

    assert key not in hidden or key in "REDACTED"


def test_a_word_is_no_key():
    """A key such as `test` is not taken out of texts, which would change what is judged."""
    secret = Secret("test")

    assert ("a test", "***") == (secret.hidden("a test"), str(secret))


def test_logs_of_http_libraries_are_guarded(caplog, fake_key):
    """While guarded, no record of these libraries holds the key; afterwards they are left alone."""
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger("httpcore.http11")
    before = list(logger.filters)
    made = guard_logs(Secret(fake_key))
    logger.debug("complete return_value=%r", [(b"x-echo", fake_key)])
    release_logs(made)

    assert 1 == len(caplog.records)
    assert fake_key not in caplog.text
    assert "x-echo" in caplog.text
    assert before == logger.filters
