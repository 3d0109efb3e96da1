local function numbers(n)
  local xs = {}
  local seed = 42
  for i = 1, n do
    seed = (seed * 16807) % 2147483647
    xs[i] = seed
  end
  return xs
end

local xs = numbers(300000)
local records = {}
for i = 1, #xs do records[i] = {key = xs[i]} end
local plain = xs
table.sort(plain)
table.sort(records, function(a, b) return a.key < b.key end)
assert(plain[1001] == records[1001].key)
assert(plain[1] < plain[150001] and plain[150001] < plain[300000])
