"""How a study looks in a notebook."""

from __future__ import annotations

import dataclasses
from html import escape

from apogee.connection import Connection
from apogee.core import Core
from apogee.errors import ApogeeError
from apogee.steps import Server

_PATIENCE = 2.0


def study(core: Core) -> str:
    """A line or two. A server that is away does not hold up the notebook."""
    title = f"<b>{escape(core.name)}</b>"
    server = Server(core.server.address, timeout=_PATIENCE, patience=0.0)
    quick = Core(server, core.study, core.worker)
    connection = Connection(server)
    try:
        summary = connection.run(quick.summary())
        lines = [f"{key}: {value}" for key, value in dataclasses.asdict(summary).items() if value]
        text = f"{title}<br>{escape(', '.join(lines))}"
        if summary.succeeded:
            text += connection.run(quick.pareto())._repr_html_()
        return text
    except ApogeeError as error:
        return f"{title}<br>{escape(str(error))}"
    finally:
        connection.close()
