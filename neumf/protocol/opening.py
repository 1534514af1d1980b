"""(stand-in)"""
from __future__ import annotations
from dataclasses import dataclass
import numpy as np
from neumf.protocol.problem import Problem, ItemSets, Candidates
from neumf.protocol.measured_lists import MeasuredLists
from neumf.protocol.evaluation_protocol import both_lists

@dataclass(frozen=True, eq=False)
class OpenedTest:
    problem: Problem
    lists: MeasuredLists

def open_test(interactions, parts, protocol, seed):
    t = parts.before_test
    empty = Candidates(np.zeros(0, np.int32), np.zeros((0, 1), np.int32))
    p = Problem(interactions.n_users, interactions.n_items, t.users, t.items, ItemSets.of(t.users, t.items, interactions.n_users, interactions.n_items), empty)
    return OpenedTest(p, both_lists("test", interactions, parts, protocol, seed))
