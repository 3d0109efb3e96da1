i = 0
total = 0
while i < 10000000 do
  if i % 3 == 1 then total = total + i end
  i = i + 1
end
assert(total == 16666661666667)
