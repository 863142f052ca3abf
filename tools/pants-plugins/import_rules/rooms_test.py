from __future__ import annotations

import pytest

from import_rules.places import Place
from import_rules.rooms import Rooms

ROOMS = Rooms("libs/shop", ("errors.py", "model", "store", "web"), ("engine",))


def place(path: str) -> Place:
    folder, _, file = path.rpartition("/")
    return Place(path, folder, file)


@pytest.mark.parametrize(
    ("origin", "dependency"),
    [
        ("libs/shop/web/page.py", "libs/shop/store/database.py"),
        ("libs/shop/web/page.py", "libs/shop/model/deep/order.py"),
        ("libs/shop/store/database.py", "libs/shop/store/table.py"),
        ("libs/shop/model/order.py", "libs/shop/errors.py"),
        # All may use what is beside, and that may use all.
        ("libs/shop/errors.py", "libs/shop/engine/calls.py"),
        ("libs/shop/engine/calls.py", "libs/shop/web/page.py"),
        ("libs/shop/engine/calls.py", "libs/shop/register.py"),
        # The package's own modules come last.
        ("libs/shop/register.py", "libs/shop/web/page.py"),
        ("libs/shop/register.py", "libs/shop/main.py"),
        # What Python and pytest load by themselves.
        ("libs/shop/model/order.py", "libs/shop/__init__.py"),
        ("libs/shop/model/order_test.py", "libs/shop/conftest.py"),
        # Beyond the package these rooms say nothing.
        ("libs/shop/model/order.py", "libs/other/web/page.py"),
        ("libs/other/model/order.py", "libs/shop/web/page.py"),
        ("libs/shopping/model/order.py", "libs/shopping/web/page.py"),
    ],
)
def test_allowed(origin: str, dependency: str) -> None:
    assert ROOMS.broken_rule(place(origin), place(dependency)) is None


@pytest.mark.parametrize(
    ("origin", "dependency", "rule"),
    [
        (
            "libs/shop/model/order.py",
            "libs/shop/web/page.py",
            "model may not use web: in libs/shop the order is errors.py, model, store, web, and "
            "each may use those before it",
        ),
        ("libs/shop/model/order.py", "libs/shop/web/__init__.py", "model may not use web"),
        ("libs/shop/errors.py", "libs/shop/model/order.py", "errors.py may not use model"),
        (
            "libs/shop/web/page.py",
            "libs/shop/register.py",
            "web may not use what lies in libs/shop itself, which comes after all of its rooms",
        ),
        (
            "libs/shop/web/page.py",
            "libs/shop/hall/page.py",
            "hall is no room of libs/shop (errors.py, model, store, web, engine): move it, or add "
            'it to `[import-rules].rooms."libs/shop"`',
        ),
    ],
)
def test_forbidden(origin: str, dependency: str, rule: str) -> None:
    assert (ROOMS.broken_rule(place(origin), place(dependency)) or "").startswith(rule)


def test_a_target_is_where_its_build_file_is() -> None:
    model, shop = Place("libs/shop/model:all", "libs/shop/model"), Place("libs/shop:w", "libs/shop")
    assert ROOMS.broken_rule(shop, model) is None
    assert "itself" in (ROOMS.broken_rule(model, shop) or "")


def test_a_folder_that_is_no_room_is_itself_a_violation() -> None:
    assert "hall is no room of libs/shop" in (ROOMS.unknown(place("libs/shop/hall/a.py")) or "")
    for known in ("libs/shop/web/deep/a.py", "libs/shop/a.py", "libs/other/hall/a.py"):
        assert ROOMS.unknown(place(known)) is None
