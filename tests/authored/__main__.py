"""Write the authored recordings into `recordings/`: ``python -m tests.authored``."""

from __future__ import annotations

import sys
from pathlib import Path

from conformance.cassette.own import Provenance
from conformance.cassette.writer import write
from tests.authored.files import files

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "recordings"
for name, exchanges in files().items():
    write(folder / name, exchanges, Provenance("authored", licence="MIT"))
