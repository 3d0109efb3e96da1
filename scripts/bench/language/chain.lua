local n = 1000000
local r = {}
for i = 1, n do r[i] = 2 * (i - 1) / (n - 1) end

local exp = math.exp
local total = 0
for i = 1, 10 do
  local tau = 0.5 + i / 10
  local sum = 0
  for k = 1, n do
    local x = r[k]
    sum = sum + 4 / tau / (1 + exp(-tau * (x - 1))) * x
  end
  total = total + sum / n
end
assert(math.abs(total - 23.8523867981) < 1e-9)
