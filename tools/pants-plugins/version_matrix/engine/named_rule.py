"""A rule of the plugin, called by its name from a module that it imports itself.

Pants of 2.27 and later call a rule by the function that it is. The plugin's rules await the engine
through this package, so the package cannot import them. `@rule` makes of a function one that has a
`rule_id` and awaits a `Call` of it; so does this, for a rule that is defined elsewhere.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Coroutine, TypeVar

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")

if sys.version_info >= (3, 11):
    from pants.engine.internals.selectors import Call

    def named_rule(
        rule_id: str, question: type[_Question], answer: type[_Answer]
    ) -> Callable[[_Question], Coroutine[Any, Any, _Answer]]:
        """The rule `package.module.function`, which takes a `question` and returns an `answer`."""

        async def call(asked: _Question) -> _Answer:
            # The stubs of Pants ask for an argument more than `@rule` itself gives.
            result: _Answer = await Call(rule_id, answer, (asked,))  # type: ignore[call-overload]
            return result

        call.__annotations__["return"] = answer
        call.rule_id = rule_id  # type: ignore[attr-defined]
        return call
