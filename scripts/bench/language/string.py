def build(n):
    parts = []
    for i in range(1, n + 1):
        parts.append(f"step {i}: {i % 7}")
    return "\n".join(parts)


assert len(build(1000000)) == 14888895
