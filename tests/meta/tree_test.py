"""The checks of the tree: on this tree, and on made-up ones where each of them must object."""

from __future__ import annotations

import pathlib
import tempfile
import unittest
from collections.abc import Callable

import checks

ROOT = pathlib.Path(__file__).resolve().parents[2]

Check = Callable[[pathlib.Path], list[str]]


class ThisTreeTest(unittest.TestCase):
    def assert_clean(self, check: Check) -> None:
        self.assertEqual(check(ROOT), [])

    def test_nobody_includes_what_he_may_not(self) -> None:
        self.assert_clean(checks.forbidden_includes)

    def test_one_string_view(self) -> None:
        self.assert_clean(checks.std_string_views)

    def test_every_test_runs(self) -> None:
        self.assert_clean(checks.tests_that_never_run)

    def test_every_example_is_run_by_a_test(self) -> None:
        self.assert_clean(checks.examples_that_never_run)

    def test_no_file_is_too_long(self) -> None:
        self.assert_clean(checks.long_files)

    def test_the_top_level_is_the_card(self) -> None:
        self.assert_clean(checks.strangers_at_the_top)

    def test_there_is_something_to_check(self) -> None:
        self.assertGreater(len(list(checks.files(ROOT, *checks.CPP))), 50)


class MadeUpTreeTest(unittest.TestCase):
    """Every check can fail."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, file: str, text: str = "") -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_include(self, file: str, header: str, *, allowed: bool) -> None:
        self.write(file, f'#include <vector>\n  #include "{header}"\n')
        objections = checks.forbidden_includes(self.root)
        self.assertEqual(objections == [], allowed, f"{file} includes {header}: {objections}")
        (self.root / file).unlink()

    def test_who_may_include_whom(self) -> None:
        for file, header, allowed in (
            ("base/a.h", "base/b.h", True),
            ("base/a.h", "proto/names.h", False),
            ("base/a.h", "vizier/study.pb.h", False),
            ("proto/a.cc", "vizier/study.pb.h", True),
            ("proto/a.cc", "google/protobuf/any.pb.h", True),
            ("proto/a.cc", "algorithms/algorithm.h", False),
            ("algorithms/a.cc", "apogee/v1/options.pb.h", True),
            ("algorithms/a.cc", "storage/datastore.h", False),
            ("algorithms/a.cc", "thread", False),
            ("algorithms/space/a.cc", "base/clock.h", False),
            ("algorithms/space/a.cc", "spdlog/spdlog.h", False),
            ("storage/a.h", "algorithms/algorithm.h", False),
            ("storage/a.h", "server/engine/study.h", False),
            ("storage/a.h", "client/cpp/client.h", False),
            ("server/engine/a.cc", "algorithms/space/search_space.h", True),
            ("server/engine/a.cc", "algorithms/math/pareto.h", True),
            ("server/engine/a.cc", "algorithms/math/halton.h", False),
            ("server/engine/a.cc", "algorithms/random_search.h", False),
            ("server/engine/a.cc", "storage/datastore.h", True),
            ("server/engine/a.cc", "storage/open.h", False),
            ("server/engine/a.cc", "server/rpc/status.h", False),
            ("server/rpc/a.cc", "server/engine/engine.h", True),
            ("server/rpc/a.cc", "algorithms/registry.h", False),
            ("server/rpc/a.cc", "storage/datastore.h", False),
            ("server/http/a.cc", "server/engine/engine.h", False),
            ("server/http/a.cc", "base/status_macros.h", True),
            ("server/main.cc", "storage/open.h", True),
            ("server/main.cc", "storage/sqlite/writer.h", False),
            ("client/cli/a.cc", "proto/names.h", True),
            ("client/cli/a.cc", "server/config.h", False),
            ("client/cli/a.cc", "storage/open.h", False),
            ("client/cli/a.cc", "algorithms/registry.h", False),
            ("client/cli/a.cc", "tests/testing/matchers.h", False),
            ("tests/a_test.cc", "storage/sqlite/writer.h", True),
            ("elsewhere/a.cc", "vector", False),
        ):
            self.assert_include(file, header, allowed=allowed)

    def test_libraries_that_have_their_place(self) -> None:
        for file, header, allowed in (
            ("server/rpc/a.h", "grpcpp/server.h", True),
            ("client/cpp/a.cc", "grpcpp/channel.h", True),
            ("server/main.cc", "grpcpp/server.h", False),
            ("server/http/a.cc", "boost/asio/post.hpp", True),
            ("server/main.cc", "boost/asio/post.hpp", False),
            ("server/metrics.cc", "prometheus/registry.h", True),
            ("server/engine/a.cc", "prometheus/registry.h", False),
            ("server/engine/a.cc", "grpc/grpc.h", False),
            ("storage/a.cc", "grpcpp/server.h", False),
            ("algorithms/math/gp.h", "Eigen/Core", True),
            ("algorithms/gp_bandit.cc", "Eigen/Core", True),
            ("algorithms/gp_bandit.h", "Eigen/Core", False),
            ("server/engine/a.cc", "Eigen/Core", False),
            ("storage/sqlite/statement.h", "sqlite3.h", True),
            ("storage/open.cc", "sqlite3.h", False),
        ):
            self.assert_include(file, header, allowed=allowed)

    def test_std_string_view(self) -> None:
        self.write("base/a.h", "// not std::string_view\nvoid F(absl::string_view text);\n")
        self.assertEqual(checks.std_string_views(self.root), [])
        self.write("base/b.h", "\nvoid F(std::string_view text);\n")
        self.assertEqual(checks.std_string_views(self.root), ["base/b.h:2: use absl::string_view"])

    def test_tests_that_never_run(self) -> None:
        self.write("algorithms/algorithms.inc", 'ALGORITHM("CMA_ES", cma_es, CmaEs)\n')
        self.write("tests/x/CMakeLists.txt", "apogee_test(x SOURCES a_test.cc ../y/b_test.py)")
        for file in ("x/a_test.cc", "y/b_test.py", "x/helper.cc", "algorithms/cma_es_test.cc"):
            self.write("tests/" + file)
        self.assertEqual(checks.tests_that_never_run(self.root), [])
        self.write("tests/x/another_a_test.cc")
        self.write("tests/x/a_test.py")
        self.assertEqual(
            checks.tests_that_never_run(self.root),
            [
                "tests/x/a_test.py: no CMakeLists.txt names it",
                "tests/x/another_a_test.cc: no CMakeLists.txt names it",
            ],
        )

    def test_examples_that_never_run(self) -> None:
        self.write("client/examples/README.md")
        self.write("client/examples/worker.sh")
        self.write("tests/client/tune_test.py", 'run("client/examples/worker.sh")')
        self.assertEqual(checks.examples_that_never_run(self.root), [])
        self.write("client/examples/forgotten.py")
        self.assertEqual(
            checks.examples_that_never_run(self.root),
            ["client/examples/forgotten.py: no test names it"],
        )

    def test_long_files(self) -> None:
        self.write("base/a.cc", "\n" * 800)
        self.write("build/generated.cc", "\n" * 5000)
        self.assertEqual(checks.long_files(self.root), [])
        self.write("base/b.cc", "\n" * 801)
        self.assertEqual(len(checks.long_files(self.root)), 1)

    def test_the_top_level(self) -> None:
        for folder in checks.CARD:
            self.write(folder + "/README.md")
        self.write("README.md")
        self.write(".clang-tidy")
        self.write("build/x")
        self.assertEqual(checks.strangers_at_the_top(self.root), [])
        self.write("scripts/x")
        self.write("notes.txt")
        (self.root / "base/README.md").unlink()
        self.assertEqual(
            [objection.split(":")[0] for objection in checks.strangers_at_the_top(self.root)],
            ["notes.txt", "scripts", "base"],
        )


if __name__ == "__main__":
    unittest.main()
