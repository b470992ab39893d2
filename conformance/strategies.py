"""The strategies of a checkout under the name that they have in an installed wheel."""

from __future__ import annotations

from strategies import *  # noqa: F403
from strategies import __all__  # noqa: F401
