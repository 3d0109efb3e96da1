local function adder(n)
  return function(x) return x + n end
end

local function twice(f, x) return f(f(x)) end

local function run(n)
  local total = 0
  for i = 1, n do total = twice(adder(i % 10), total) end
  return total
end
assert(run(2000000) == 18000000)
