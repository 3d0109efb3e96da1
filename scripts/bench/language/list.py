def build(n):
    xs = []
    for i in range(n):
        xs.append(i * 2)
    return xs


def total(xs):
    sum = 0
    for i in range(len(xs)):
        sum = sum + xs[i]
    return sum


result = 0
for _ in range(5):
    result = result + total(build(1000000))
assert result == 4999995000000
