def adder(n):
    return lambda x: x + n


def twice(f, x):
    return f(f(x))


def run(n):
    total = 0
    for i in range(1, n + 1):
        total = twice(adder(i % 10), total)
    return total


assert run(2000000) == 18000000
