"""What must hold of the tree itself. Each check takes a root and returns what it objects to."""

from __future__ import annotations

import fnmatch
import pathlib
import re
from collections.abc import Iterator

CPP = (".cc", ".h")
CODE = (*CPP, ".cmake", ".inc", ".proto", ".py", ".sh", ".sql", ".md", ".yaml", ".yml")
MOST_LINES = 800

CARD = frozenset(["algorithms", "base", "client", "deploy", "proto", "server", "storage", "tests"])
CARD_FILES = frozenset(
    ["CMakeLists.txt", "CMakePresets.json", "CONTRIBUTING.md", "LICENSE", "README.md"]
)
# Not part of the source: build trees, and what git and Python leave behind.
NOT_SOURCE = frozenset(("build", ".git", "__pycache__", ".cache", ".mypy_cache", ".ruff_cache"))

# Folder to what of ours its files may include, as patterns. The longest folder that fits counts.
MAY_INCLUDE = {
    "base": ["base/*"],
    "proto": ["base/*", "proto/*"],
    "algorithms": ["base/*", "proto/*", "algorithms/*"],
    "storage": ["base/*", "proto/*", "storage/*"],
    "server": [
        "base/*",
        "proto/*",
        "server/*",
        "storage/datastore.h",
        "storage/open.h",
        "storage/schema_version.h",
        "storage/study_reader.h",
    ],
    "server/engine": [
        "base/*",
        "proto/*",
        "server/engine/*",
        "storage/datastore.h",
        "storage/study_reader.h",
        "algorithms/algorithm.h",
        "algorithms/background.h",
        "algorithms/default_algorithm.h",
        "algorithms/registry.h",
        "algorithms/math/pareto.h",
        "algorithms/regressor/*regressor.h",
        "algorithms/space/*.h",
        "algorithms/stopping/judge.h",
    ],
    "server/http": ["base/*", "server/http/*"],
    "server/rpc": [
        "base/*",
        "proto/*",
        "server/engine/*",
        "server/rpc/*",
        "server/training/training_service.h",
        "algorithms/regressor/regressor.h",
    ],
    "server/training": [
        "base/*",
        "proto/*",
        "server/engine/*",
        "server/training/*",
        "storage/datastore.h",
        "storage/open.h",
        "storage/study_reader.h",
        "algorithms/gp/gp_predictor.h",
        "algorithms/guided/trees_predictor.h",
        "algorithms/regressor/*.h",
    ],
    "client": ["base/*", "proto/*", "client/*"],
    "client/import": [
        "base/*",
        "proto/*",
        "client/import/*",
        "storage/sqlite/connection.h",
        "storage/sqlite/statement.h",
    ],
    "tests": ["*"],
}
# The lists whose entries CMake makes tests of: random_search there, random_search_test.cc here.
TEST_LISTS = ("algorithms/algorithms.inc", "algorithms/stopping/stoppers.inc")
# Where headers of generated code are included from.
GENERATED = ("apogee/*", "vizier/*", "google/rpc/*", "google/longrunning/*")

# What not everybody may include: headers as a pattern, the files that may, the reason.
RESTRICTED = [
    (r"grpc(pp)?/.*", ["server/rpc/*", "client/*", "tests/*"], "gRPC stays at the edge"),
    (r"boost/(?!math/|random/).*", ["server/http/*", "tests/*"], "Boost serves HTTP"),
    (
        r"boost/(math|random)/.*",
        ["algorithms/*.cc", "tests/*"],
        "special functions and distributions are for algorithms",
    ),
    (r"prometheus/.*", ["server/metrics.*", "server/rpc/*", "tests/*"], "few need to count"),
    (
        r"Eigen/.*",
        [
            "algorithms/*.cc",
            "algorithms/math/*",
            "algorithms/gp/*",
            "algorithms/guided/*",
            "tests/*",
        ],
        "Eigen is for algorithms",
    ),
    (
        r"((cblas|f77blas|nlopt)\.h|xgboost/.*)",
        ["algorithms/math/*.cc"],
        "wrapped for all by algorithms/math",
    ),
    (r"sqlite3\.h", ["storage/sqlite/*", "tests/*"], "SQLite stays behind the datastore"),
]
# Algorithms are mathematics: no threads, no clock, no input or output, no logging.
NOT_IN_ALGORITHMS = re.compile(
    r"thread|mutex|atomic|condition_variable|future|chrono|ctime|iostream|fstream|cstdio"
    r"|filesystem|spdlog/.*|absl/time/clock\.h|absl/synchronization/.*|base/(clock|mutex)\.h"
)

_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)
_LINE_COMMENT = re.compile(r"//.*")


def files(root: pathlib.Path, *suffixes: str) -> Iterator[str]:
    """Paths of source files relative to `root`, sorted; of these suffixes if any are given."""
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if not path.is_file() or NOT_SOURCE.intersection(relative.parts):
            continue
        if not suffixes or path.suffix in suffixes:
            yield relative.as_posix()


def read(root: pathlib.Path, file: str) -> str:
    return (root / file).read_text(encoding="utf-8")


def matches(path: str, patterns: list[str] | tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def is_ours(header: str) -> bool:
    return header.split("/")[0] in CARD or matches(header, GENERATED)


def forbidden_includes(root: pathlib.Path) -> list[str]:
    """Includes against the table of who may include whom."""
    found = []
    for file in files(root, *CPP):
        rules = [f for f in MAY_INCLUDE if file.startswith(f + "/")]
        if not rules:
            found.append(f"{file}: no rule says what it may include")
            continue
        allowed = MAY_INCLUDE[max(rules, key=len)]
        for header in _INCLUDE.findall(read(root, file)):
            as_source = "proto/" + header if matches(header, GENERATED) else header
            if is_ours(header) and not matches(as_source, allowed):
                found.append(f"{file}: may not include {header}")
            for pattern, users, reason in RESTRICTED:
                if re.fullmatch(pattern, header) and not matches(file, users):
                    found.append(f"{file}: may not include {header}: {reason}")
            if file.startswith("algorithms/") and NOT_IN_ALGORITHMS.fullmatch(header):
                found.append(f"{file}: may not include {header}: algorithms are mathematics")
    return found


def std_string_views(root: pathlib.Path) -> list[str]:
    """std::string_view does not convert to or from abseil's, which the libraries take."""
    return [
        f"{file}:{number}: use absl::string_view"
        for file in files(root, *CPP)
        for number, line in enumerate(read(root, file).splitlines(), 1)
        if "std::string_view" in _LINE_COMMENT.sub("", line)
    ]


def tests_that_never_run(root: pathlib.Path) -> list[str]:
    """Test files that no CMakeLists.txt in tests/ names, neither itself nor through TEST_LISTS."""
    named = {
        pathlib.PurePosixPath(word).name
        for file in files(root, ".txt")
        if file.startswith("tests/") and file.endswith("CMakeLists.txt")
        for word in re.findall(r"[\w./-]+_test\.(?:cc|py)", read(root, file))
    }
    for file in TEST_LISTS:
        if (root / file).exists():
            entries = re.findall(r'^\w+\("\w+", (\w+),', read(root, file), re.M)
            named.update(entry + "_test.cc" for entry in entries)
    return [
        f"{file}: no CMakeLists.txt names it"
        for file in files(root, ".cc", ".py")
        if (path := pathlib.PurePosixPath(file)).stem.endswith("_test") and path.name not in named
    ]


def examples_that_never_run(root: pathlib.Path) -> list[str]:
    """Files of client/examples that no file under tests/ names."""
    tests = "\n".join(
        read(root, f) for f in files(root, *CPP, ".py", ".sh", ".txt") if f.startswith("tests/")
    )
    return [
        f"{file}: no test names it"
        for file in files(root)
        if file.startswith("client/examples/")
        and pathlib.PurePosixPath(file).name not in ("README.md", "CMakeLists.txt")
        and pathlib.PurePosixPath(file).name not in tests
    ]


def long_files(root: pathlib.Path) -> list[str]:
    return [
        f"{file}: {lines} lines; more than {MOST_LINES} is more than one thing"
        for file in files(root, *CODE)
        if (lines := read(root, file).count("\n")) > MOST_LINES
    ]


def strangers_at_the_top(root: pathlib.Path) -> list[str]:
    """What is at the top level and not on the card; folders on the card without a README."""
    found = []
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.name in NOT_SOURCE:
            continue
        if path.name not in (CARD if path.is_dir() else CARD_FILES):
            found.append(f"{path.name}: is not on the card of top-level names")
    for folder in sorted(CARD):
        if not (root / folder / "README.md").exists():
            found.append(f"{folder}: has no README.md")
    return found
