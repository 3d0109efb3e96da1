local function fall(steps)
  local p = {height = 10, speed = 0, bounces = 0}
  for _ = 1, steps do
    p.speed = p.speed - 0.0625
    p.height = p.height + p.speed * 0.0625
    if p.height < 0 then
      p.height = -p.height
      p.speed = -p.speed
      p.bounces = p.bounces + 1
    end
  end
  return p.bounces
end
assert(fall(3000000) == 20833)
