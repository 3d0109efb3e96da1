def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


total = 0
for _ in range(5):
    total += fib(30)
assert total == 4160200
