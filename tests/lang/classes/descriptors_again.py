"""Descriptors whose `__init__` runs a second time: what call sites remember must not outlive it."""


class C:
    p = property(lambda self: 'first')
    s = staticmethod(lambda: 'first')
    c = classmethod(lambda cls: 'first')


o = C()
for step in range(4):
    print(o.p, o.s(), C.s(), o.c(), C.c())
    if step == 1:
        C.__dict__['p'].__init__(lambda self: 'second')
        C.__dict__['s'].__init__(lambda: 'second')
        C.__dict__['c'].__init__(lambda cls: 'second')
