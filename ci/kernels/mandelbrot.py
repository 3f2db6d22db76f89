"""Floating-point arithmetic: points of the Mandelbrot set."""
BYTECODES = 18773966


def escape(cr, ci, limit):
    zr = zi = 0.0
    for n in range(limit):
        rr = zr * zr
        ii = zi * zi
        if rr + ii > 4.0:
            return n
        zi = 2.0 * zr * zi + ci
        zr = rr - ii + cr
    return limit


def run():
    size, limit = 160, 100
    total = 0
    for y in range(size):
        ci = 2.4 * y / size - 1.2
        for x in range(size):
            total += escape(3.0 * x / size - 2.2, ci, limit)
    return total
