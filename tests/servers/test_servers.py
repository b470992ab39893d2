"""What the suite finds in real servers is what docs/servers.md says, with the same versions."""

from __future__ import annotations


def test_the_mock_as_another_process(mock, judge, documented):
    """The project's own mock breaks nothing, with the whole suite."""
    found = judge(mock.url, key=mock.key)

    assert (0, documented("The mock")) == (found.exit, found.rules), found.screen


def test_aimock(aimock, judge, documented):
    """Aimock is judged whole; what is found is documented."""
    found = judge(aimock, "--lacks", "documents,images,json-mode,logprobs,thinking,tool-choice")

    assert (1, documented("aimock")) == (found.exit, found.rules), found.screen


def test_the_rerank_route_of_litellm(litellm, judge, documented):
    """LiteLLM's own rerank route in front of the mock is judged; what is found is documented."""
    found = judge(litellm, "--only", "rerank/**", key="sk-a-key-for-tests-0123456789")

    assert (1, documented("LiteLLM, `/v2/rerank`")) == (found.exit, found.rules), found.screen


def test_the_pass_through_of_litellm(litellm, judge, documented):
    """LiteLLM's pass-through in front of the mock is judged; what is found is documented."""
    found = judge(f"{litellm}/cohere", key="sk-a-key-for-tests-0123456789")

    assert (1, documented("LiteLLM, pass-through")) == (found.exit, found.rules), found.screen
