local function map(xs, f)
  local ys = {}
  for i = 1, #xs do ys[i] = f(xs[i]) end
  return ys
end

local function filter(xs, f)
  local ys = {}
  for i = 1, #xs do
    if f(xs[i]) then ys[#ys + 1] = xs[i] end
  end
  return ys
end

local function reduce(xs, f, initial)
  local result = initial
  for i = 1, #xs do result = f(result, xs[i]) end
  return result
end

local function range(n)
  local xs = {}
  for i = 1, n do xs[i] = i - 1 end
  return xs
end

local function chain(n)
  local tripled = map(range(n), function(x) return x * 3 + 1 end)
  local even = filter(tripled, function(x) return x % 2 == 0 end)
  return reduce(even, function(a, b) return a + b end, 0)
end

local total = 0
for _ = 1, 3 do total = total + chain(1000000) end
assert(total == 2250001500000)
