"""Where an epoch goes: each kernel of the fused engine by itself, over the same batch."""

from __future__ import annotations

from functools import partial

import numpy as np

from neumf.arrays import Floats
from neumf.bench.floor import Floor
from neumf.bench.section import Column, Section, whole
from neumf.bench.timing import interleave
from neumf.compiled import jit
from neumf.evaluation.ranking import rank
from neumf.floating_point import arithmetic
from neumf.hyperparameters import Configuration
from neumf.model.layout import Layout, matrix
from neumf.model.parameters import Architecture, initialise
from neumf.model.scorer import NeuMFScorer
from neumf.protocol.problem import Problem
from neumf.seeds import generator
from neumf.training.engines import kernels
from neumf.training.engines.dropout import drop_hidden, dropout_mask
from neumf.training.engines.fused import FusedEngine
from neumf.training.engines.layers import activate, activate_backward, output_backward
from neumf.training.engines.workspace import ROWS_AT_ONCE, StepConstants, Workspace
from neumf.training.negatives import Bits, Sampler

STEPS_A_TURN = 50

GATHER, ACTIVATE, DROP, OUTPUT, BACKWARD, SCATTER = range(6)

PARTS = {
    "gather, dropout": GATHER,
    "bias, ReLU": ACTIVATE,
    "dropout of hidden layers": DROP,
    "output, loss": OUTPUT,
    "backward of ReLU, dropout": BACKWARD,
    "scatter": SCATTER,
}


COLUMNS = (
    Column("part", "part"),
    Column("ms", "ms", lambda ms: f"{ms:,.1f}"),
    Column("%", "share", lambda share: whole(100 * share)),
)


def profile(problem: Problem, configuration: Configuration, rounds: int) -> Section:
    """Milliseconds an epoch by part. "rest" is what the parts do not explain of training: below
    zero where they ran with colder caches alone."""
    factors = configuration.predictive_factors
    parts = _time(problem, configuration, rounds)
    rows = [
        {"predictive_factors": factors, "part": part, "ms": ms, "share": ms / parts["epoch"]}
        for part, ms in parts.items()
    ]
    return Section("profile", f"Where an epoch goes, {factors} factors", COLUMNS, rows)


def _time(problem: Problem, configuration: Configuration, rounds: int) -> dict[str, float]:
    h = configuration
    a = Architecture.of(problem, h)
    parameters = initialise(a, generator(0, "bench"))
    sampler = Sampler(problem, h, 0)
    samples = next(sampler.epoch(1))
    engine, floor = FusedEngine(parameters, h, 0), Floor(a, h.batch_size)
    first = slice(0, STEPS_A_TURN * h.batch_size)
    some = samples.part(first)
    engine.train([some])
    constants = StepConstants(h.batch_size, h.lr, h.weight_decay, h.dropout, np.uint64(0))
    run = partial(
        repeat,
        Layout.of(a),
        engine.tables.parameters,
        engine.layers.parameters,
        engine.work,
        some.labels[: h.batch_size],
        constants,
        STEPS_A_TURN,
    )
    with arithmetic():
        seconds = interleave(
            {
                "sampling": lambda: list(sampler.epoch(1)),
                **{name: partial(run, part) for name, part in PARTS.items()},
                "matrix products": lambda: floor.products(STEPS_A_TURN),
                "Adam": lambda: floor.adam(STEPS_A_TURN),
                "training": lambda: engine.train([some]),
                "evaluation": lambda: rank(NeuMFScorer(parameters), problem.validation),
            },
            rounds,
        )
    per_step = sampler.size / h.batch_size / STEPS_A_TURN
    whole = ("sampling", "evaluation")
    epoch = {name: 1e3 * s * (1 if name in whole else per_step) for name, s in seconds.items()}
    training = epoch.pop("training")
    parts = [ms for name, ms in epoch.items() if name not in whole]
    return {
        **epoch,
        "rest": training - sum(parts),
        "epoch": training + sum(epoch[w] for w in whole),
    }


@jit
def repeat(
    layout: Layout,
    tables: Floats,
    layers: Floats,
    work: Workspace,
    labels: Bits,
    constants: StepConstants,
    steps: int,
    part: int,
) -> None:
    """One part of so many steps, as in :mod:`neumf.training.engines.kernels`, on the last batch."""
    n, widths, g, last = len(labels), layout.widths, layout.gmf_width, len(layout.widths) - 2
    batch, gmf = matrix(work.batch, 0, 2, n), matrix(work.gmf, 0, n, g)
    weight, d_output = layers[layout.output_at :], work.d_layers[layout.output_at :]
    d_logit = work.d_logit[:n]
    first = matrix(work.activations, 0, n, widths[0])
    hidden = matrix(work.activations, work.activations_at[last + 1], n, g)
    d_hidden = matrix(work.d_activations, work.activations_at[last + 1], n, g)
    d_first = matrix(work.d_activations, 0, n, widths[0])
    for step in range(steps):
        if part == GATHER:
            mask = dropout_mask(constants, step, 0)
            kernels.gather(batch, tables, mask, first.reshape(-1), gmf.reshape(-1), n)
        elif part == OUTPUT:
            kernels.output(gmf, hidden, weight, labels, work)
            np.dot(d_logit, gmf, d_output[:g])
            output_backward(hidden, weight[g:], d_logit, d_output[g:], d_hidden)
        elif part == SCATTER:
            mask = dropout_mask(constants, step, 0)
            d_rows = work.d_rows.reshape(-1)
            kernels.scatter(
                batch, batch, tables, mask, d_first.reshape(-1), d_logit, weight[:g], d_rows
            )
        for k in range(last + 1):
            size = widths[k + 1]
            z = matrix(work.activations, work.activations_at[k + 1], n, size)
            bias = layers[layout.biases_at[k] : layout.biases_at[k] + size]
            dz = matrix(work.d_activations, work.activations_at[k + 1], n, size)
            if part == ACTIVATE:
                activate(z.reshape(-1), bias, work.tile[: ROWS_AT_ONCE * size])
            elif part == DROP and k < last:
                drop_hidden(z.reshape(-1), dropout_mask(constants, step, k + 1))
            elif part == BACKWARD:
                np.dot(work.ones[:n], dz, work.d_layers[:size])
                if k < last:
                    activate_backward(dz.reshape(-1), z.reshape(-1), np.float32(1))
