# Small whole programs: queens, a Sudoku, an interpreter, a parser, word counts, a matrix, Life, a text wrapper.
def queens(n):
    def place(row, columns, left, right):
        if row == n:
            return 1
        count = 0
        for c in range(n):
            if c not in columns and row + c not in left and row - c not in right:
                count += place(row + 1, columns | {c}, left | {row + c}, right | {row - c})
        return count
    return place(0, frozenset(), frozenset(), frozenset())


print([queens(n) for n in range(1, 8)])


def sudoku(grid):
    def options(r, c):
        used = {grid[r][k] for k in range(9)} | {grid[k][c] for k in range(9)}
        used |= {grid[r // 3 * 3 + i][c // 3 * 3 + j] for i in range(3) for j in range(3)}
        return [v for v in "123456789" if v not in used]

    best = None
    for r in range(9):
        for c in range(9):
            if grid[r][c] == ".":
                o = options(r, c)
                if best is None or len(o) < len(best[2]):
                    best = r, c, o
    if best is None:
        return True
    r, c, o = best
    for v in o:
        grid[r][c] = v
        if sudoku(grid):
            return True
    grid[r][c] = "."
    return False


puzzle = "53..7.... 6..195... .98....6. 8...6...3 4..8.3..1 7...2...6 .6....28. ...419..5 ....8..79".split()
grid = [list(row) for row in puzzle]
print(sudoku(grid), *("".join(row) for row in grid))


def tokens(text):
    i = 0
    while i < len(text):
        c = text[i]
        if c.isspace():
            i += 1
        elif c.isdigit():
            j = i
            while j < len(text) and (text[j].isdigit() or text[j] == "."):
                j += 1
            yield "number", text[i:j]
            i = j
        else:
            yield "op", c
            i += 1
    yield "end", ""


class Parser:
    LEVELS = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}

    def __init__(self, text):
        self.tokens = tokens(text)
        self.advance()

    def advance(self):
        self.kind, self.text = next(self.tokens)

    def expression(self, level=0):
        left = self.atom()
        while self.kind == "op" and self.LEVELS.get(self.text, -1) >= max(level, 1):
            op = self.text
            self.advance()
            right = self.expression(self.LEVELS[op] + (op != "^"))
            left = (op, left, right)
        return left

    def atom(self):
        match self.kind, self.text:
            case "number", text:
                self.advance()
                return float(text) if "." in text else int(text)
            case "op", "(":
                self.advance()
                inner = self.expression()
                if self.text != ")":
                    raise SyntaxError(f"expected ) at {self.text!r}")
                self.advance()
                return inner
            case "op", "-":
                self.advance()
                return ("neg", self.expression(3))
        raise SyntaxError(f"unexpected {self.text!r}")


def evaluate(tree):
    match tree:
        case int() | float():
            return tree
        case "neg", x:
            return -evaluate(x)
        case op, a, b:
            a, b = evaluate(a), evaluate(b)
            return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b, "^": lambda: a ** b}[op]()


for text in ("1 + 2 * 3", "(1 + 2) * 3", "2 ^ 3 ^ 2", "-2 ^ 2", "10 / 4 - 1", "8 - 3 - 2", "(1 + ", "2 * (3 + 4) * 5", "1 / 0", "1.5 * 4", ")"):
    try:
        tree = Parser(text).expression()
        print(text, "=", evaluate(tree), tree)
    except (SyntaxError, ZeroDivisionError) as e:
        print(text, "->", type(e).__name__, e)


def machine(program, inputs):
    stack, pc, out, steps, memory = [], 0, [], 0, {}
    code = [line.split() for line in program.strip().splitlines()]
    labels = {words[1]: i for i, words in enumerate(code) if words[0] == "label"}
    while pc < len(code):
        steps += 1
        op, *args = code[pc]
        pc += 1
        if op == "push":
            stack.append(int(args[0]))
        elif op == "load":
            stack.append(memory.get(args[0], 0))
        elif op == "store":
            memory[args[0]] = stack.pop()
        elif op == "input":
            stack.append(inputs.pop(0))
        elif op in ("add", "sub", "mul", "mod"):
            b, a = stack.pop(), stack.pop()
            stack.append({"add": a + b, "sub": a - b, "mul": a * b, "mod": a % b if b else 0}[op])
        elif op == "jump":
            pc = labels[args[0]]
        elif op == "jzero":
            if stack.pop() == 0:
                pc = labels[args[0]]
        elif op == "print":
            out.append(stack.pop())
    return out, steps


gcd = """
input
store a
input
store b
label loop
load b
jzero done
load a
load b
mod
load b
store a
store b
jump loop
label done
load a
print
"""
print(machine(gcd, [1071, 462]), machine(gcd, [10 ** 18, 3 * 10 ** 9]))


def life(cells, steps):
    for _ in range(steps):
        counts = {}
        for x, y in cells:
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    if dx or dy:
                        counts[x + dx, y + dy] = counts.get((x + dx, y + dy), 0) + 1
        cells = {p for p, n in counts.items() if n == 3 or n == 2 and p in cells}
    return cells


print(sorted(life({(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}, 20)), len(life({(0, 0), (1, 0), (2, 0), (1, 1), (3, 2)}, 40)))


def matrix_power(m, n):
    size = len(m)
    result = [[int(i == j) for j in range(size)] for i in range(size)]
    while n:
        if n & 1:
            result = [[sum(a * b for a, b in zip(row, column)) for column in zip(*m)] for row in result]
        m = [[sum(a * b for a, b in zip(row, column)) for column in zip(*m)] for row in m]
        n >>= 1
    return result


print(matrix_power([[1, 1], [1, 0]], 200)[0][1], matrix_power([[2, 0, 1], [0, 3, 0], [1, 1, 1]], 15))


def editing(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


print(editing("kitten", "sitting"), editing("", "abc"), editing("intention", "execution"))


def huffman(text):
    import heapq
    counts = {}
    for c in text:
        counts[c] = counts.get(c, 0) + 1
    heap = [(n, i, c) for i, (c, n) in enumerate(sorted(counts.items()))]
    heapq.heapify(heap)
    serial = len(heap)
    while len(heap) > 1:
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        heapq.heappush(heap, (a[0] + b[0], serial, (a[2], b[2])))
        serial += 1
    codes = {}

    def walk(tree, prefix):
        if isinstance(tree, tuple):
            walk(tree[0], prefix + "0")
            walk(tree[1], prefix + "1")
        else:
            codes[tree] = prefix or "0"

    walk(heap[0][2], "")
    return codes, sum(len(codes[c]) for c in text)


print(huffman("the quick brown fox jumps over the lazy dog"))


def permutations_by_heap(items):
    items = list(items)
    c, i = [0] * len(items), 0
    yield tuple(items)
    while i < len(items):
        if c[i] < i:
            k = 0 if i % 2 == 0 else c[i]
            items[k], items[i] = items[i], items[k]
            yield tuple(items)
            c[i] += 1
            i = 0
        else:
            c[i] = 0
            i += 1


print(len(set(permutations_by_heap(range(6)))), list(permutations_by_heap("abc")))


def collatz(limit):
    cache = {1: 1}
    best = (1, 1)
    for n in range(1, limit):
        path, m = [], n
        while m not in cache:
            path.append(m)
            m = m // 2 if m % 2 == 0 else 3 * m + 1
        length = cache[m]
        for p in reversed(path):
            length += 1
            cache[p] = length
        best = max(best, (cache[n], n))
    return best


print(collatz(20000))
