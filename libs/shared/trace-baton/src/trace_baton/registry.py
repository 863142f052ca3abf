"""Integrations by name. None is imported before it is asked for."""

import importlib
import pkgutil
import threading
from typing import Callable, Dict, Tuple

import trace_baton.integrations
from trace_baton.patching import Undo

_installed: Dict[str, Undo] = {}
_lock = threading.RLock()


class UnknownIntegration(ValueError):
    """No integration has this name."""


def available() -> Tuple[str, ...]:
    """Return the names that `install` takes, sorted."""
    return tuple(
        sorted(module.name for module in pkgutil.iter_modules(trace_baton.integrations.__path__))
    )


def install(*names: str) -> None:
    """Make trace-baton work in these packages, for the whole process. What is installed stays so.

    Raises UnknownIntegration, or ImportError if the package is not there (or too old); then none of
    these is installed that was not so before.
    """
    with _lock:
        missing = {name: _load(name) for name in names if name not in _installed}
        try:
            for name, installer in missing.items():
                _installed[name] = installer()
        except BaseException:
            uninstall(*reversed(tuple(missing)))
            raise


def uninstall(*names: str) -> None:
    """Take integrations back; without names all, the last first. Others are passed over."""
    with _lock:
        for name in names or reversed(tuple(_installed)):
            undo = _installed.pop(name, None)
            if undo is not None:
                undo()


def _load(name: str) -> Callable[[], Undo]:
    if name not in available():
        raise UnknownIntegration(
            f"trace-baton has no integration named {name!r}; it has: {', '.join(available())}"
        )
    try:
        module = importlib.import_module(f"trace_baton.integrations.{name}")
    except ImportError as error:
        raise ImportError(
            f"trace-baton cannot integrate {name}: {error}. To fix, run `pip install 'trace-baton[{name}]'`."
        ) from error
    installer: Callable[[], Undo] = module.install
    return installer
