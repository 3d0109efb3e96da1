def numbers(n):
    xs = []
    seed = 42
    for _ in range(n):
        seed = (seed * 16807) % 2147483647
        xs.append(seed)
    return xs


xs = numbers(300000)
plain = sorted(xs)
records = sorted(({"key": x} for x in xs), key=lambda r: r["key"])
assert plain[1000] == records[1000]["key"]
assert plain[0] < plain[150000] < plain[299999]
