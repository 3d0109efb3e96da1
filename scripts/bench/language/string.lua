local function build(n)
  local parts = {}
  for i = 1, n do parts[#parts + 1] = "step " .. i .. ": " .. i % 7 end
  return table.concat(parts, "\n")
end
assert(#build(1000000) == 14888895)
