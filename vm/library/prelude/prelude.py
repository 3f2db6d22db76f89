# Built-in functions that call back into Python, as loops the interpreter and its traces can see through.
#
# A native function whose operands will run Python code is left to the function of the same purpose here: its frame
# is pushed in the place of the call (vm/core/src/runtime/prelude.rs). Nobody sees these frames: not tracebacks, not
# sys._getframe, not warnings. Each piece of Python code that is called back gets its own copy of a function, so that
# the traces of a loop know one callee.
#
# What is said here is what the native functions say, step by step: who is asked, in which order, and when. The
# globals are those that runtime/prelude.rs supplies: nothing a program assigns to `builtins` is seen.


def any_(it):
    for x in it:
        if x:
            return True
    return False


def all_(it):
    for x in it:
        if not x:
            return False
    return True


def sum_(it, total):
    # Ints first, then floats with the compensation of Neumaier (1974), then anything; never back.
    it = iter(it)
    if type(total) is int:
        for x in it:
            before = total
            total = before + x
            if type(x) is not int and type(x) is not bool:
                break
        else:
            return total
        if type(total) is complex:
            return sum_rest(it, total)
        if type(total) is not float or not -0x8000000000000000 <= before <= 0x7FFFFFFFFFFFFFFF:
            for x in it:
                total = total + x
            return total
    if type(total) is float:
        low = 0.0
        for x in it:
            if type(x) is not float:
                if not isinstance(x, int):
                    break
                n = int_value(x)
                if not -0x8000000000000000 <= n <= 0x7FFFFFFFFFFFFFFF:
                    break
                x = float(n)
            t = total + x
            if abs(total) >= abs(x):
                low = low + ((total - t) + x)
            else:
                low = low + ((x - t) + total)
            total = t
        else:
            if low != 0.0 and low - low == 0.0:
                return total + low
            return total
        if low != 0.0 and low - low == 0.0:
            total = total + low
        total = total + x
    if type(total) is complex:
        return sum_rest(it, total)
    for x in it:
        total = total + x
    return total


def min_(it, default, given):
    it = iter(it)
    for best in it:
        break
    else:
        if given:
            return default
        raise ValueError("min() iterable argument is empty")
    for x in it:
        if x < best:
            best = x
    return best


def max_(it, default, given):
    it = iter(it)
    for best in it:
        break
    else:
        if given:
            return default
        raise ValueError("max() iterable argument is empty")
    for x in it:
        if x > best:
            best = x
    return best


def min_key(it, key, default, given):
    it = iter(it)
    for best in it:
        break
    else:
        if given:
            return default
        raise ValueError("min() iterable argument is empty")
    least = key(best)
    for x in it:
        k = key(x)
        if k < least:
            best = x
            least = k
    return best


def max_key(it, key, default, given):
    it = iter(it)
    for best in it:
        break
    else:
        if given:
            return default
        raise ValueError("max() iterable argument is empty")
    most = key(best)
    for x in it:
        k = key(x)
        if k > most:
            best = x
            most = k
    return best


def sorted_(it, reverse):
    return order([x for x in it], reverse)


def sorted_key(it, key, reverse):
    items = [x for x in it]
    return order_by(items, [key(x) for x in items], reverse)


def sort_key(xs, key, reverse):
    items, mark = take(xs)
    try:
        order_by(items, [key(x) for x in items], reverse)
    except:
        put_back(xs, items, mark)
        raise
    if put_back(xs, items, mark):
        raise ValueError("list modified during sort")


def reduce_(f, it):
    it = iter(it)
    for value in it:
        break
    else:
        raise TypeError("reduce() of empty iterable with no initial value")
    for x in it:
        value = f(value, x)
    return value


def reduce_from(f, it, value):
    for x in it:
        value = f(value, x)
    return value


def list_(it):
    return [x for x in it]


def tuple_(it):
    return tuple([x for x in it])


def set_(it):
    return {x for x in it}


def frozenset_(it):
    return frozenset({x for x in it})


def dict_(it):
    d = {}
    n = 0
    for p in it:
        if type(p) is tuple and len(p) == 2:
            k, v = p
            d[k] = v
        else:
            put_pair(d, p, n)
        n += 1
    return d


def join(sep, it):
    return sep.join([x for x in it])


def extend(xs, it):
    for x in it:
        xs.append(x)
