"""The contract suite's plumbing; all of it stands in `conformance.suite.hooks`."""

from __future__ import annotations

from conformance.suite.hooks import (  # noqa: F401  (pytest finds hooks and fixtures by name)
    play,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_generate_tests,
    pytest_runtest_makereport,
    session,
)
