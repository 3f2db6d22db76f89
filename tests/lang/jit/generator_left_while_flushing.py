# A trace is left while a generator's variables come to memory: an int needs an object just then.
def numbers(n, key):
    items, names, t = [1, 2, 3], [], 1
    label = "label"
    for k in range(n):
        t = t * 2 if t < 1 << 62 else 1
        try:
            items[key] = k
        except Exception as e:
            names.append(type(e).__name__)
        yield t
    print(k, items, len(names), names[:1], label, t)


for key in (0, 5, 0.5, "x"):
    print(sum(list(numbers(400, key))))
    total = 0
    for t in numbers(500, key):
        total += t
    print(total)
