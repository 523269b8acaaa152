"""Lets `vizier.pyglove` and Vizier's Pythia server be imported where JAX is not installed.

Upstream needs JAX for its own Gaussian-process algorithms only, but imports it on the way to
everything. Exactly two modules get an empty stand-in, and only when there is no JAX:

  vizier.pyvizier.converters.jnp_converters   trials to JAX arrays
  vizier._src.service.policy_factory          upstream's own algorithms in the client's process

All the rest is upstream's code as released.
"""

from __future__ import annotations

import importlib.util
import sys
import types

HAVE_JAX = importlib.util.find_spec("jax") is not None


def _stand_in(module: str, *names: str) -> None:
    stand_in = types.ModuleType(module)
    for name in names:
        setattr(stand_in, name, type(name, (), {}))
    sys.modules[module] = stand_in


if not HAVE_JAX:
    _stand_in(
        "vizier.pyvizier.converters.jnp_converters",
        "PaddedTrialToArrayConverter",
        "TrialToContinuousAndCategoricalConverter",
        "TrialToModelInputConverter",
    )
    _stand_in("vizier._src.service.policy_factory", "DefaultPolicyFactory")
