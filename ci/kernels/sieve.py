"""Lists: the sieve of Eratosthenes with single stores."""
BYTECODES = 12555502


def run():
    limit = 600000
    prime = [True] * (limit + 1)
    prime[0] = prime[1] = False
    n = 2
    while n * n <= limit:
        if prime[n]:
            for multiple in range(n * n, limit + 1, n):
                prime[multiple] = False
        n += 1
    count = last = 0
    for n in range(limit + 1):
        if prime[n]:
            count += 1
            last = n
    return count * 1000000 + last
