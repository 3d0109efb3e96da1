local function count(n)
  local i = 0
  local total = 0
  while i < n do
    total = total + i * 3
    i = i + 1
  end
  return total
end
assert(count(20000000) == 599999970000000)
