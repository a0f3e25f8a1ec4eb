-- A peer: Lua 5.4 and LuaJIT. Reads lines "NAME SIZE TIMES", answers each with "MILLISECONDS CHECK".
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end

local function tak(x, y, z)
  if y < x then
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))
  end
  return z
end

local function sum(n)
  local i, total = 0, 0
  while i < n do i, total = i + 1, total + i end
  return total
end

local function point(cr, ci)
  local zr, zi, i = 0.0, 0.0, 0
  while true do
    local r2, i2 = zr * zr, zi * zi
    if not (i < 50 and r2 + i2 <= 4.0) then return i end
    zr, zi, i = r2 - i2 + cr, 2.0 * (zr * zi) + ci, i + 1
  end
end

local function mandelbrot(n)
  local step, total = 3.0 / n, 0
  for y = 0, n - 1 do
    for x = 0, n - 1 do
      total = total + point(x * step - 2.0, y * step - 1.5)
    end
  end
  return total
end

local function safe(column, distance, placed)
  while placed do
    local other = placed[1]
    if other == column or other == column + distance or other == column - distance then return false end
    distance, placed = distance + 1, placed[2]
  end
  return true
end

local function queens(n, row, placed)
  if row == n then return 1 end
  local found = 0
  for column = 0, n - 1 do
    if safe(column, 1, placed) then found = found + queens(n, row + 1, {column, placed}) end
  end
  return found
end

local function text(n)
  local parts = {}
  for i = 0, n - 1 do parts[i + 1] = "key-" .. i .. "=" .. i * i end
  return table.concat(parts, ",")
end

local function range(n) local t = {} for i = 1, n do t[i] = i - 1 end return t end
local function map(f, t) local r = {} for i = 1, #t do r[i] = f(t[i]) end return r end
local function filter(f, t)
  local r, count = {}, 0
  for i = 1, #t do if f(t[i]) then count = count + 1; r[count] = t[i] end end
  return r
end
local function reduce(f, start, t) for i = 1, #t do start = f(start, t[i]) end return start end
local function hof(n)
  return reduce(function(a, b) return a + b end, 0,
    filter(function(i) return i % 2 == 0 end, map(function(i) return i + 1 end, range(n))))
end

local function numbers(n)
  local t, x = {}, 42
  for i = 1, n do t[i] = x; x = x * 16807 % 2147483647 end
  return t
end

local function sorted(t)
  local copy = {}
  for i = 1, #t do copy[i] = t[i] end
  table.sort(copy)
  return copy
end

local function filled_vector(n)
  local t = {}
  for i = 0, n - 1 do t[#t + 1] = i end
  return t
end

local function key_of(i) return i * 7919 % 1000003 end
local function filled_map(n) local m = {} for i = 0, n - 1 do m[key_of(i)] = i end return m end
local function look_up(m, n)
  local total = 0
  for i = 0, n - 1 do total = total + m[key_of(i)] end
  return total
end

local function same(x) return x end
local programs = {
  fib = {same, fib, same},
  tak = {same, function(n) return tak(n, n - 6, n - 12) end, same},
  sum = {same, sum, same},
  mandelbrot = {same, mandelbrot, same},
  queens = {same, function(n) return queens(n, 0, nil) end, same},
  string = {same, text, function(s) return #s end},
  hof = {same, hof, same},
  sort = {numbers, sorted, function(t) return t[1] + 3 * t[math.floor(#t / 2) + 1] end},
  vector = {same, filled_vector, function(t) return #t + t[#t] end},
  map = {same, function(n) return look_up(filled_map(n), n) end, same},
}

for line in io.lines() do
  local name, n, times = line:match("(%S+) (%d+) (%d+)")
  local prepare, work, check = (table.unpack or unpack)(programs[name])
  -- Whole numbers in Lua 5.4: `tonumber` of a text without a point is one.
  local prepared = prepare(tonumber(n))
  collectgarbage()
  local result
  local start = os.clock()
  for _ = 1, times do result = work(prepared) end
  local ms = (os.clock() - start) * 1000 / times
  print(string.format("%.6f %.0f", ms, check(result)))
  io.flush()
end
