"""Stand-in for CPython's `_testlimitedcapi`; see capi_stand_in."""

from capi_stand_in import attribute as _attribute

__getattr__ = _attribute('_testlimitedcapi', {'_py_getbuiltwithassert'})
