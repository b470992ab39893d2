"""`python -m conformance.mock` → the command `mock`."""

from __future__ import annotations

import sys

from conformance.cli import main

main(["mock", *sys.argv[1:]])
