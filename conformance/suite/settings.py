"""What a user chose for a run → one value that travels to every worker process."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["MODELS", "RunSettings"]

# What a case asks of a model → the model that it names when the user names none.
MODELS: dict[str, str] = {
    "chat": "command-a-03-2025",
    "thinking": "command-a-reasoning-08-2025",
    "vision": "command-a-vision-07-2025",
    "rerank": "rerank-v3.5",
}


@dataclass(frozen=True, slots=True)
class RunSettings:
    """The choices of one run.

    `target` is what `open_target` takes. `seed` decides everything that is drawn. `only` are globs
    of case names, `lacks` and `declared` features. `models` names a model for each role of `MODELS`
    and `given_models` the roles for which a user named one. `properties` runs generated requests,
    `examples` of each kind. `timeout` is how many seconds one
    answer may take, None for what fits the target.
    `select`, `ignore` and `closed` are those of `check.Options`; `strict` lets warnings fail. `key_env` is the environment
    variable that holds the key, `pace` and the budget are those of `TargetOptions`; `ledger` is the
    file by which all workers share them. `record` is a folder for recordings. `fuzz` adds the requests
    that schemathesis makes, `fuzz_examples` of each sort.
    """

    target: str = "mock:"
    seed: int = 0
    only: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()
    models: dict[str, str] = field(default_factory=lambda: dict(MODELS))
    given_models: tuple[str, ...] = ()
    properties: bool | None = None
    examples: int = 0
    timeout: float | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    closed: bool = False
    strict: bool = False
    key_env: str = ""
    pace: str = ""
    max_requests: int | None = None
    max_tokens: int | None = None
    ledger: str = ""
    record: str = ""
    fuzz: bool = False
    fuzz_examples: int = 0

    @classmethod
    def with_models(cls, given: tuple[str, ...], **values: Any) -> RunSettings:
        """Settings with models as a user names them: `NAME` for all of chat, or `ROLE=NAME`.

        Raises UsageError for a role that there is not.
        """
        from conformance.errors import UsageError
        from conformance.suggest import did_you_mean

        models, roles = dict(MODELS), set()
        for text in given:
            role, equals, name = text.partition("=")
            if not equals:
                named = {role: text for role in MODELS if role != "rerank"}
            elif role in MODELS and name:
                named = {role: name}
            else:
                raise UsageError(
                    f"`{text}` names no model",
                    where="--model",
                    hint=did_you_mean(role, MODELS)
                    or f"write NAME, or ROLE=NAME with one of {', '.join(MODELS)}",
                )
            models |= named
            roles |= set(named)
        return cls(models=models, given_models=tuple(sorted(roles)), **values)

    @property
    def is_mock(self) -> bool:
        """The target is our own mock, of which everything is demanded."""
        return self.target.split(":", 1)[0] == "mock"

    def to_json(self) -> str:
        """The settings as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> RunSettings:
        """The settings that `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        for name in ("only", "lacks", "declared", "given_models", "select", "ignore"):
            values[name] = tuple(values[name])
        return cls(**values)
