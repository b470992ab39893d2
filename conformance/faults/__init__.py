"""Single faults that can be planted in a conformant answer, one or more for each server rule.

The mock misbehaves by them, the tests of the rules are fed by them, and a run proves with them that
its checks can fail.
"""

from __future__ import annotations

from conformance.faults.fault import FAULTS, Fault, Stage, all_faults, fault_keys, find_fault

__all__ = ["FAULTS", "Fault", "Stage", "all_faults", "fault_keys", "find_fault"]
