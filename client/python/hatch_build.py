"""Compiles the repository's protos into apogee/protocol.bin, which the package reads.

A source archive holds that file already, and no protos.
"""

from __future__ import annotations

import pathlib
import tempfile
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SERVICES = (
    "vizier/vizier_service.proto",
    "apogee/v1/admin.proto",
    "apogee/v1/prediction.proto",
    "apogee/v1/worker.proto",
)


class ProtocolHook(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        here = pathlib.Path(self.root)
        protos = here.parents[1] / "proto"
        if (protos / _SERVICES[0]).exists():
            compile_protos(protos, here / "apogee" / "protocol.bin")


def compile_protos(protos: pathlib.Path, output: pathlib.Path) -> None:
    """Writes the services' files, and all that they import, as one FileDescriptorSet."""
    import grpc_tools
    from grpc_tools import protoc

    # The messages that every protobuf brings along.
    common = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    # Two builds may run at once: each file is whole when it gets its name.
    with tempfile.TemporaryDirectory(dir=output.parent) as folder:
        made = pathlib.Path(folder) / output.name
        arguments = [
            "protoc",
            f"--proto_path={protos}",
            f"--proto_path={common}",
            "--include_imports",
            f"--descriptor_set_out={made}",
            *_SERVICES,
        ]
        if protoc.main(arguments) != 0:
            raise RuntimeError(f"protoc does not take the protos in {protos}")
        made.replace(output)
