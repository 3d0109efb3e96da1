i = 0
total = 0
while i < 10000000:
    if i % 3 == 1:
        total = total + i
    i = i + 1
assert total == 16666661666667
