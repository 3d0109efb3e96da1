from functools import reduce


def chain(n):
    tripled = list(map(lambda x: x * 3 + 1, range(n)))
    even = list(filter(lambda x: x % 2 == 0, tripled))
    return reduce(lambda a, b: a + b, even, 0)


total = 0
for _ in range(3):
    total = total + chain(1000000)
assert total == 2250001500000
