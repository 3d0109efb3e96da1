def count(n):
    i = 0
    total = 0
    while i < n:
        total = total + i * 3
        i = i + 1
    return total


assert count(20000000) == 599999970000000
