"""Stand-in for CPython's `_testcapi`: numbers and settings are true for pyrs, functions of the C API are missing."""

import struct as _struct
import sys as _sys
from capi_stand_in import attribute as _attribute

__getattr__ = _attribute('_testcapi', {'ContainerNoGC', 'with_tp_del'})


def _limits(code):
    bits = 8 * _struct.calcsize(code)
    return -(1 << (bits - 1)), (1 << (bits - 1)) - 1, (1 << bits) - 1


SHRT_MIN, SHRT_MAX, USHRT_MAX = _limits('h')
INT_MIN, INT_MAX, UINT_MAX = _limits('i')
LONG_MIN, LONG_MAX, ULONG_MAX = _limits('l')
LLONG_MIN, LLONG_MAX, ULLONG_MAX = _limits('q')
PY_SSIZE_T_MIN, PY_SSIZE_T_MAX, SIZE_MAX = _limits('n')
CHAR_MIN, CHAR_MAX, UCHAR_MAX = _limits('b')
FLT_MAX = _struct.unpack('<f', b'\xff\xff\x7f\x7f')[0]
FLT_MIN = _struct.unpack('<f', b'\x00\x00\x80\x00')[0]
DBL_MAX, DBL_MIN = _sys.float_info.max, _sys.float_info.min
SIZEOF_WCHAR_T = 4
WITH_PYMALLOC = WITH_MIMALLOC = False


def config_get(name):
    """Tracebacks show columns."""
    if name == 'code_debug_ranges':
        return True
    raise NotImplementedError(f'_testcapi.config_get({name!r}) needs the C API of CPython')
