"""The reference server of google-vizier on an SQLite file, until it is killed."""

from __future__ import annotations

import argparse
import pathlib
import signal

from absl import logging
from vizier.service import servers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", required=True)
    parser.add_argument("--listen", required=True, help="HOST:PORT; port 0 takes a free one")
    parser.add_argument("--port-file", required=True)
    arguments = parser.parse_args()
    logging.set_verbosity(logging.ERROR)
    host, _, port = arguments.listen.rpartition(":")
    url = f"sqlite:///{arguments.file}"
    server = (
        servers.DefaultVizierServer(host=host, database_url=url)
        if port == "0"
        else servers.DefaultVizierServer(host=host, port=int(port), database_url=url)
    )
    # Whoever waits for the file must not read half of it.
    partial = pathlib.Path(arguments.port_file + ".partial")
    partial.write_text(server.endpoint + "\n", encoding="utf-8")
    partial.rename(arguments.port_file)
    signal.pause()


if __name__ == "__main__":
    main()
