"""What the stand-ins for CPython's C test modules have in common.

CPython's tests import modules written in C to reach its C API (`_testcapi` and others). pyrs has no C API. Some test
modules import them for a few of their methods and would not load at all without them; so each has a stand-in whose
functions raise NotImplementedError when they are called. Methods that call one count as failed, the rest runs.
"""


def attribute(module, absent):
    """The `__getattr__` of a stand-in. Names in `absent` do not exist: tests have a way of their own without."""

    def __getattr__(name):
        if name.startswith('__') or name in absent:
            raise AttributeError(f'module {module!r} has no attribute {name!r}')

        def missing(*args, **kwargs):
            raise NotImplementedError(f'{module}.{name} needs the C API of CPython')

        missing.__name__ = missing.__qualname__ = name
        return missing

    return __getattr__
