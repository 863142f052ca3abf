from __future__ import annotations

import io
import zipfile

from version_matrix.generate.stub_wheel import file_name, stub_wheel


def test_a_stub_is_the_same_bytes_each_time_and_holds_no_code() -> None:
    assert stub_wheel("some-project", "1.0") == stub_wheel("some-project", "1.0")
    with zipfile.ZipFile(io.BytesIO(stub_wheel("some-project", "1.0"))) as wheel:
        assert sorted(wheel.namelist()) == [
            "some_project-1.0.dist-info/METADATA",
            "some_project-1.0.dist-info/RECORD",
            "some_project-1.0.dist-info/WHEEL",
        ]
        metadata = wheel.read("some_project-1.0.dist-info/METADATA").decode()
    assert "\nName: some-project\nVersion: 1.0\n" in metadata


def test_a_stub_is_for_any_python() -> None:
    assert file_name("some-project", "1!2.0.post1") == "some_project-1!2.0.post1-py3-none-any.whl"
