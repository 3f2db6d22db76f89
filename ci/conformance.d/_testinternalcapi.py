"""Stand-in for CPython's `_testinternalcapi`; see capi_stand_in."""

import sys as _sys
from capi_stand_in import attribute as _attribute

__getattr__ = _attribute('_testinternalcapi', {'get_c_recursion_remaining'})


def get_recursion_depth():
    """How many Python frames lie below the caller's, itself included."""
    depth, frame = 0, _sys._getframe(1)
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    return depth


def get_static_builtin_types():
    """The types of the core: `object` and what derives from it in `builtins`."""
    found, todo = {object: None}, [object]
    while todo:
        for cls in type.__subclasses__(todo.pop()):
            if cls.__module__ == 'builtins' and cls not in found:
                found[cls] = None
                todo.append(cls)
    return list(found)
