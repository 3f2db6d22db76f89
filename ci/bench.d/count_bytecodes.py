"""count_bytecodes.py KERNEL...: how many CPython instructions one call of `run` executes.

Needs CPython 3.14 (sys.monitoring). The numbers stand in the kernels as BYTECODES; times per bytecode are
times per instruction of CPython 3.14, whatever the measured interpreter executes.
"""
import sys


def main():
    monitoring = sys.monitoring
    tool = monitoring.PROFILER_ID
    monitoring.use_tool_id(tool, "count")
    for path in sys.argv[1:]:
        space = {"__name__": "kernel"}
        with open(path, encoding="utf-8") as f:
            exec(compile(f.read(), path, "exec"), space)
        count = 0

        def step(code, offset):
            nonlocal count
            count += 1

        monitoring.register_callback(tool, monitoring.events.INSTRUCTION, step)
        monitoring.set_events(tool, monitoring.events.INSTRUCTION)
        space["run"]()
        monitoring.set_events(tool, 0)
        print(path.rpartition("/")[2], count)


main()
