"""An address is understood as users write it, and refused where it says something else."""

from __future__ import annotations

import pytest

from conformance.errors import UsageError
from conformance.targets.address import base_url, is_live, is_loopback, joined, shown


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://api.cohere.com", "https://api.cohere.com"),
        ("https://api.cohere.com/", "https://api.cohere.com"),
        ("https://api.cohere.com/v2", "https://api.cohere.com"),
        ("https://api.cohere.com/v2/", "https://api.cohere.com"),
        ("https://api.cohere.com/v2/chat", "https://api.cohere.com"),
        ("http://localhost:8000/v2/rerank/", "http://localhost:8000"),
        ("http://localhost:8000/gateway/cohere", "http://localhost:8000/gateway/cohere"),
        ("http://[::1]:8000/v2", "http://[::1]:8000"),
        ("http://127.0.0.1:8000/fault=STREAM-014", "http://127.0.0.1:8000/fault=STREAM-014"),
    ],
)
def test_a_base_url_is_taken_with_and_without_the_route(given, expected):
    """However much of the path a client takes as the base, the base is the same."""
    assert expected == base_url(given)


@pytest.mark.parametrize(
    "given",
    [
        "https://", "https:///v2", "ftp://host", "http://host:port", "http://host:0",
        "http://host:99999", "http://ho st", "http://[::1", "http://host\n", "http://host\\x",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(given):
    """A text that names no host and port is a UsageError that shows how to write one."""
    with pytest.raises(UsageError, match="is not the address of a server") as caught:
        base_url(given)

    assert "https://host" in caught.value.hint


@pytest.mark.parametrize(
    "given", ["https://user:s3cr3t-s3cr3t@host", "https://s3cr3t-s3cr3t@host", "x://s3cr3t-s3cr3t@"]
)
def test_a_password_in_an_address_is_not_repeated(given):
    """An address with credentials is refused without showing them."""
    with pytest.raises(UsageError) as caught:
        base_url(given)

    assert "s3cr3t" not in str(caught.value)


def test_a_query_is_refused():
    """What follows `?` would be lost, so it is refused, and it is not shown."""
    with pytest.raises(UsageError, match="no query and no fragment") as caught:
        base_url("https://host/v2?token=s3cr3t")

    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/v2/chat", "http://host/base/v2/chat"),
        ("v2/chat", "http://host/base/v2/chat"),
        ("https://api.cohere.com/v2/rerank", "http://host/base/v2/rerank"),
        ("https://api.cohere.com/v2/rerank?a=b", "http://host/base/v2/rerank?a=b"),
    ],
)
def test_paths_are_put_below_the_base(url, expected):
    """A path, and the path of a whole URL, stands below the base."""
    assert expected == joined("http://host/base", url)


def test_hosts_are_told_apart():
    """This machine and the live API are known by their names, look-alikes are not."""
    local = ["http://localhost:1", "http://127.9.9.9", "http://[::1]:8", "http://a.localhost"]
    remote = ["https://api.cohere.com", "http://localhost.example.org", "http://10.0.0.1"]

    assert [True] * 4 == [is_loopback(url) for url in local]
    assert [False] * 3 == [is_loopback(url) for url in remote]
    assert is_live("https://api.cohere.ai")
    assert not is_live("https://api.cohere.com.example.org")
    assert not is_live("https://notcohere.com")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://user:s3cr3t@host/v2?key=s3cr3t#s3cr3t", "https://…@host/v2"),
        ("htp://s3cr3t@host", "htp://…@host"),
        ("http:///s3cr3t?", "http:///s3cr3t"),
        ("https://api.cohere.com", "https://api.cohere.com"),
        ("mock:?profile=rich", "mock:?profile=rich"),
        ("cassette:a?b", "cassette:a?b"),
    ],
)
def test_a_target_is_shown_without_its_secrets(given, expected):
    """User, password and query of a URL are not shown; other targets are shown as they are."""
    assert expected == shown(given)
