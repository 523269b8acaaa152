"""The wheel: built from the tree, and installed where the other suites find it."""

from __future__ import annotations

import email
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "client" / "python"


def pip(*arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", *arguments],
        check=True,
    )


class WheelTest(unittest.TestCase):
    folder: pathlib.Path
    wheel: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        # What the build itself needs is in build/venv.
        options = ["--no-deps", "--no-index", "--no-build-isolation"]
        pip("wheel", *options, "--wheel-dir", str(cls.folder), str(PACKAGE))
        (cls.wheel,) = cls.folder.glob("*.whl")
        target = os.environ["APOGEE_PYTHON"]
        shutil.rmtree(target, ignore_errors=True)
        pip("install", "--no-deps", "--no-index", "--target", target, str(cls.wheel))

    def test_needs_grpc_and_protobuf_only(self) -> None:
        with zipfile.ZipFile(self.wheel) as archive:
            (metadata,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
            message = email.message_from_bytes(archive.read(metadata))
        needed = [line for line in message.get_all("Requires-Dist", []) if "extra ==" not in line]
        names = [line.split(">")[0].split(";")[0].strip() for line in needed]
        self.assertEqual(sorted(names), ["grpcio", "protobuf"])

    def test_has_every_module_its_types_and_the_protocol(self) -> None:
        with zipfile.ZipFile(self.wheel) as archive:
            packed = {name for name in archive.namelist() if name.startswith("apogee/")}
        modules = {f"apogee/{path.name}" for path in (PACKAGE / "apogee").glob("*.py")}
        self.assertEqual(packed, modules | {"apogee/py.typed", "apogee/protocol.bin"})

    def test_imports_without_anything_else(self) -> None:
        program = """
import sys
import apogee, apogee.aio
for library in ("yaml", "pandas", "numpy", "vizier"):
    assert library not in sys.modules, library
"""
        subprocess.run(
            [sys.executable, "-c", program],
            check=True,
            env={**os.environ, "PYTHONPATH": os.environ["APOGEE_PYTHON"]},
        )

    def test_a_source_archive_builds_without_the_protos(self) -> None:
        build = f"import hatchling.build; hatchling.build.build_sdist({str(self.folder)!r})"
        subprocess.run([sys.executable, "-c", build], check=True, cwd=PACKAGE)
        (archive,) = self.folder.glob("*.tar.gz")
        alone = self.folder / "alone"
        with tarfile.open(archive) as tar:
            tar.extractall(alone, filter="data")
        (tree,) = alone.iterdir()
        pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", str(alone), str(tree))
        (wheel,) = alone.glob("*.whl")
        with zipfile.ZipFile(wheel) as again, zipfile.ZipFile(self.wheel) as first:
            self.assertEqual(again.read("apogee/protocol.bin"), first.read("apogee/protocol.bin"))


if __name__ == "__main__":
    unittest.main()
