# Packages, relative and circular imports, __all__, reloading, errors.
import sys

sys.path.insert(0, __file__.rpartition("/")[0] + "/_packages")
import pkg
import pkg.sub.deep as deep
from pkg import alpha, beta as b, sub
from pkg.star import *

print(pkg.__name__, pkg.__package__, deep.where, alpha.NAME, b.other(), sub.__name__, public, "_hidden" in globals(), "not_listed" in globals())
print(sorted(n for n in vars(pkg) if not n.startswith("__")))
import circle_a

print(circle_a.value, circle_a.circle_b.value, circle_a.late())
print(sys.modules["pkg.sub.deep"] is deep, pkg.sub.deep is deep, deep.__spec__.name, deep.__file__.rpartition("/")[2], pkg.__path__[0].rpartition("/")[2])
for statement in ("import no_such_module", "import pkg.nothing", "from pkg import nothing", "from pkg.alpha import zip2", "import pkg.alpha.deeper", "from . import x", "import broken", "import failing", "from .. import y", "from pkg.lazy import anything, nothing"):
    try:
        exec(statement)
        print(statement, "fine")
    except Exception as e:
        print(statement, "->", type(e).__name__, e if not isinstance(e, SyntaxError) else e.msg)
print("failing" in sys.modules, "broken" in sys.modules)
import importlib

print(importlib.import_module(".alpha", "pkg") is alpha, importlib.import_module("pkg.sub").__name__)
alpha.NAME = "changed"
print(importlib.reload(alpha).NAME, alpha.loads)
import pkg.lazy

print(pkg.lazy.computed, dir(pkg.lazy))
try:
    pkg.lazy.missing
except AttributeError as e:
    print(e)
try:
    pkg.alpha.missing
except AttributeError as e:
    print(e)
sys.modules["fake"] = "anything"
import fake

print(fake)
sys.modules["blocked"] = None
try:
    import blocked
except ImportError as e:
    print(type(e).__name__, e)
import os.path as p, json as j

print(p.join("a", "b"), j.dumps({"k": [1, None, True]}), __name__, __file__.rpartition("/")[2])
import namespace.part

print(namespace.part.here, namespace.__file__ if hasattr(namespace, "__file__") else "no file", type(namespace.__path__).__name__)


def local_import():
    from pkg.alpha import NAME as n
    import pkg.sub.deep
    return n, pkg.sub.deep.where


print(local_import())
sys.path_importer_cache.clear()
print(__import__("pkg.sub").__name__, __import__("pkg.sub", fromlist=["deep"]).__name__)
import types

m = types.ModuleType("dynamic", "doc")
m.x = 1
print(m, m.__doc__, m.x, vars(m)["__name__"])
del m.__name__
try:
    m.nothing
except AttributeError as e:
    print(e)
import pkg.__main__ as pm

print(pm.__name__)
import runpy

print(sorted(k for k in runpy.run_module("pkg.plain") if not k.startswith("__")))
