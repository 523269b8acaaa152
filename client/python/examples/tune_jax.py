"""Tunes a network that JAX trains. Start it on as many machines as there are accelerators: each
is a worker of the same study."""

import jax
import jax.numpy as jnp

import apogee


def make_data(key: jax.Array) -> tuple[jax.Array, jax.Array]:
    x = jax.random.uniform(key, (256, 2), minval=-1.0)
    return x, jnp.sin(2 * x[:, 0]) + x[:, 1]


def make_network(key: jax.Array, width: int) -> list[jax.Array]:
    first, second = jax.random.split(key)
    return [jax.random.normal(first, (2, width)), jax.random.normal(second, (width,)) / width]


def loss(network: list[jax.Array], x: jax.Array, y: jax.Array) -> jax.Array:
    hidden, output = network
    return jnp.mean((jnp.tanh(x @ hidden) @ output - y) ** 2)


@jax.jit
def step(
    network: list[jax.Array], x: jax.Array, y: jax.Array, rate: float
) -> tuple[list[jax.Array], jax.Array]:
    value, slope = jax.value_and_grad(loss)(network, x, y)
    return [w - rate * s for w, s in zip(network, slope, strict=True)], value


def main() -> None:
    study = apogee.create_study(
        name="jax",
        metrics={"loss": "minimize"},
        parameters={
            "rate": apogee.double(1e-3, 0.1, scale="log"),
            "width": apogee.discrete([16, 32, 64]),
        },
        budget={"trials": 12},
        stopping={"rule": "MEDIAN", "min_steps": 2},
    )
    x, y = make_data(jax.random.key(0))
    for trial in study.trials():
        with trial:
            network = make_network(jax.random.key(1), trial.parameters["width"])
            for epoch in range(1, 6):
                for _ in range(40):
                    network, value = step(network, x, y, trial.parameters["rate"])
                if trial.report(epoch, loss=value):
                    break
    print(study.best())


if __name__ == "__main__":
    main()
