"""Stands in for the package pyperf: enough to run pyperformance's programs in one process.

The real one starts many processes and needs packages of its own; here a program is run as it is, and what it
hands to `Runner` is measured by `harness`.
"""
import sys

import harness
from harness import perf_counter

VERSION = (2, 10, 0)
__version__ = "2.10.0"


def python_implementation():
    return sys.implementation.name


def python_has_jit():
    return False


class Runner:
    def __init__(self, *positional, add_cmdline_args=None, _argparser=None, **settings):
        import argparse
        self.argparser = _argparser or argparse.ArgumentParser()
        self.metadata = {}
        self.args = None

    def parse_args(self, args=None):
        if self.args is None:
            self.args = self.argparser.parse_args(args)
        return self.args

    def bench_func(self, name, func, *args, inner_loops=1, metadata=None):
        self.parse_args()
        harness.measure(name, lambda: func(*args) and None, inner_loops or 1)

    def bench_time_func(self, name, func, *args, inner_loops=1, metadata=None):
        self.parse_args()
        harness.measure_self_timed(name, lambda loops: func(loops, *args), inner_loops or 1)

    def bench_async_func(self, name, func, *args, inner_loops=1, loop_factory=None, metadata=None):
        import asyncio

        def call():
            with asyncio.Runner(loop_factory=loop_factory) as runner:
                runner.run(func(*args))

        self.bench_func(name, call, inner_loops=inner_loops)

    def timeit(self, name, stmt, setup="pass", globals=None, inner_loops=1, **settings):
        space = dict(globals or {})
        exec(setup, space)
        code = compile(stmt, "<timeit>", "exec")
        self.bench_func(name, lambda: exec(code, space), inner_loops=inner_loops)

    def bench_command(self, name, command):
        print("SKIP", name, "starts a program of its own")
