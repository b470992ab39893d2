"""What counts as one cause, and what does not."""

from __future__ import annotations

import pytest

from conformance.report.cause import cause_of, clusters, like_it


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ({"message": "the span ends at 43, 40 came"}, {"message": "the span ends at 9, 7 came"}, True),
        ({"message": "the score `0.9` is above `0.1`"}, {"message": "the score `1` is above `-2e-3`"}, True),
        ({"message": "`/results/1/index` is `7`"}, {"message": "`/results/22/index` is `8`"}, True),
        ({"message": "refused: `no such thing`"}, {"message": "refused: `never heard of`"}, True),
        ({"pointer": "/results/1/index"}, {"pointer": "/results/9/index"}, True),
        ({"event": 2, "exchange": 1}, {"event": 9, "exchange": 4}, True),
        ({"message": "`content-start` again"}, {"message": "`content-end` again"}, False),
        ({"message": "`odd1`"}, {"message": "`odd2`"}, False),
        ({"message": "`/delta/text` is missing"}, {"message": "`/delta/type` is missing"}, False),
        ({"pointer": "/results/1/index"}, {"pointer": "/results/1/score"}, False),
        ({"file": "a.sse"}, {"file": "b.sse"}, False),
        ({"code": "EVENT-001"}, {"code": "EVENT-002"}, False),
    ],
)  # fmt: skip
def test_what_is_alike(violation, first, second, alike):
    """Numbers, positions and quoted texts do not matter; names, members, files and rules do."""
    assert alike is (cause_of(violation(**first)) == cause_of(violation(**second)))


def test_clusters_keep_the_order_of_their_first(violation):
    """Each cluster stands where its first member stood, and loses none."""
    names = ["b", "a", "b", "c", "a", "b"]
    found = clusters(names, lambda name: violation(message=f"`{name}`"))

    assert [["b", "b", "b"], ["a", "a"], ["c"]] == found
    assert ["", " (and 2 more like it)"] == [like_it(0), like_it(2)]
