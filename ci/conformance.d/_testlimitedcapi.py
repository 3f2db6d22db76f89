"""Stand-in for CPython's `_testlimitedcapi`; see capi_stand_in."""

from capi_stand_in import attribute as _attribute

__getattr__ = _attribute('_testlimitedcapi', ())


def _py_getbuiltwithassert():
    """No C assertions."""
    return 0
