"""Clients of other makers, in any language: what they send, and what they hand to their callers.

A *case* is a call and the bytes that answer it. The *stage* serves them, an *adapter* makes the
call with a client and tells what the caller got, and *marks* says how the two differ.
"""

from __future__ import annotations
