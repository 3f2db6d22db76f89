# Items, slices, membership of built-in containers in hot loops; failures and user classes on the way.


def run(f, n=600):
    for k in range(3):
        try:
            print(f.__name__, f(n))
        except Exception as e:
            tb = e.__traceback__.tb_next
            print(f.__name__, type(e).__name__, e, tb.tb_lineno - f.__code__.co_firstlineno)


class Key:
    seen = 0

    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return hash(self.n)

    def __eq__(self, other):
        Key.seen += 1
        return self.n == (other.n if isinstance(other, Key) else other)


def dict_int(n):
    d = {k: k * k for k in range(50)}
    t = 0
    for k in range(n):
        t += d[k % 50]
    return t


def dict_str(n):
    d = {str(k): k for k in range(20)}
    names = list(d)
    t = 0
    for k in range(n):
        t += d[names[k % 20]]
    return t


def dict_tuple(n):
    d = {(k, str(k)): k for k in range(20)}
    keys = list(d)
    t = 0
    for k in range(n):
        t += d[keys[k % 20]]
    return t


def dict_mixed(n):
    d = {1: "int", 2.5: "float", None: "none", b"x": "bytes", (1, 2): "tuple", "s": "str"}
    keys = [1.0, True, 2.5, None, b"x", (1.0, 2), "s"]
    out = {}
    for k in range(n):
        v = d[keys[k % 7]]
        out[v] = out.get(v, 0) + 1
    return out


def dict_missing(n):
    d = {k: k for k in range(n - 5)}
    t = 0
    for k in range(n):
        t += d[k]
    return t


def dict_unhashable(n):
    d = {k: k for k in range(n)}
    t = 0
    for k in range(n):
        key = k if k < n - 3 else [k]
        t += d[key]
    return t


def dict_caught(n):
    d = {k: k for k in range(0, n, 3)}
    t = missing = 0
    for k in range(n):
        try:
            t += d[k]
        except KeyError as e:
            missing += e.args[0]
    return t, missing


def dict_user_key(n):
    Key.seen = 0
    d = {Key(k): k for k in range(40)}
    t = 0
    for k in range(n):
        t += d[k % 40] if k < 400 else d[Key(k % 40)]
    return t, Key.seen


def dict_user_late(n):
    Key.seen = 0
    d = {k: k for k in range(40)}
    t = 0
    for k in range(n):
        if k == 400:
            del d[7]
            d[Key(7)] = 1000
        t += d[k % 40]
    return t, Key.seen


def dict_store(n):
    d = {}
    for k in range(n):
        d[k % 37] = k
        d[str(k % 11)] = k
    return sum(v for k, v in d.items()), len(d), list(d)[:5]


def dict_store_bad(n):
    d = {}
    for k in range(n):
        key = k % 9 if k != n - 2 else {}
        d[key] = k
    return d


def dict_delete(n):
    d = {k: k for k in range(n)}
    for k in range(n):
        del d[k if k < n - 1 else 0]
    return d


class Missing(dict):
    def __missing__(self, key):
        return -key


def dict_subclass(n):
    d = Missing({k: k for k in range(0, n, 2)})
    t = 0
    for k in range(n):
        t += d[k]
    return t


def str_index(n):
    s = "hëllo wörld €"
    out = []
    for k in range(n):
        out.append(s[k % 13])
        out.append(s[-1 - k % 13])
    return "".join(out[-26:])


def str_index_bad(n):
    s = "x" * (n - 4)
    t = 0
    for k in range(n):
        t += ord(s[k])
    return t


def bytes_index(n):
    b = bytes(range(256))
    a = bytearray(b)
    t = 0
    for k in range(n):
        t += b[k % 256] - a[-(k % 256) - 1]
        a[k % 256] = (a[k % 256] + k) & 255
    return t, sum(a)


def bytearray_bad(n):
    a = bytearray(16)
    for k in range(n):
        a[k % 16] = k if k < 250 else 256
    return a


def range_index(n):
    r = range(5, 5000, 7)
    t = 0
    for k in range(n):
        t += r[k]
    return t


def slices(n):
    s, l, t, b = "abcdefghij", list(range(10)), tuple(range(10)), b"0123456789"
    out = 0
    for k in range(n):
        i = k % 10
        out += len(s[i:]) + len(l[:i]) + len(t[i:-1]) + len(b[i:i + 3]) + len(s[::-1]) + len(l[i::2])
    return out


def slice_store(n):
    l = list(range(10))
    for k in range(n):
        l[2:4] = [k, k + 1]
        l[5:5] = (k,)
        del l[5]
    return l


def slice_bad(n):
    l = list(range(10))
    t = 0
    for k in range(n):
        t += len(l[:k % 5 if k < n - 3 else "x"])
    return t


def membership(n):
    d, s, f = dict.fromkeys(range(10)), set(range(5)), frozenset("abc")
    l, t, text, r = [1, 2.0, "x", None], (1, "y", (2, 3)), "hello", range(0, 100, 3)
    out = 0
    for k in range(n):
        i = k % 13
        out += (i in d) + 2 * (i in s) + 4 * ("abcd"[k % 4] in f) + 8 * (i in l)
        out += 16 * ((2, i) in t) + 32 * ("hxl"[k % 3] in text) + 64 * (i in r)
        if i not in s:
            out += 1
    return out


def membership_user(n):
    Key.seen = 0
    l = [1, 2, 3]
    out = 0
    for k in range(n):
        if k == 300:
            l.append(Key(7))
        out += k % 9 in l
    return out, Key.seen


def membership_bad(n):
    s = "hello"
    out = 0
    for k in range(n):
        x = "l" if k < n - 7 else 5
        out += x in s
    return out


def unhashable_member(n):
    s = {1, 2, 3}
    out = 0
    for k in range(n):
        x = k if k < n - 7 else []
        out += x in s
    return out


for f in [
    dict_int, dict_str, dict_tuple, dict_mixed, dict_missing, dict_unhashable, dict_caught, dict_user_key,
    dict_user_late, dict_store, dict_store_bad, dict_delete, dict_subclass, str_index, str_index_bad, bytes_index,
    bytearray_bad, range_index, slices, slice_store, slice_bad, membership, membership_user, membership_bad,
    unhashable_member,
]:
    run(f)
