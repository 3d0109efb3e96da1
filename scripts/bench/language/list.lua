local function build(n)
  local xs = {}
  for i = 0, n - 1 do xs[#xs + 1] = i * 2 end
  return xs
end

local function total(xs)
  local sum = 0
  for i = 1, #xs do sum = sum + xs[i] end
  return sum
end

local result = 0
for _ = 1, 5 do result = result + total(build(1000000)) end
assert(result == 4999995000000)
