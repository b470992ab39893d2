"""Why a request is refused → the status and JSON body of the refusal, in the live API's form."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Refusal"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal: status, message, and what else its head or body says."""

    status: int
    message: str
    error_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def body(self, identity: str) -> dict[str, str]:
        """The JSON body; `identity` is the id of the answer, empty for none."""
        made = {"error_type": self.error_type} if self.error_type else {}
        if identity:
            made["id"] = identity
        return {**made, "message": self.message}
