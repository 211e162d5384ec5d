local store = require("lib.store")
local M = {}
local limit = 3

-- Adds.
function M.add(a, b)
  if a and b or limit > 1 then return M.sub(a) elseif b then store.open(b) end
  for i = 1, 3 do print(i) end
  for k, v in pairs(a) do v.go() end
  while a do helper() end
  repeat helper() until b
  return a
end

M.sub = function(x) return x end

function M:grow(n) self.add(n); self:grow(1) end

local function helper() return M.add(1, 2) end
local f = function(q) return helper() end
helper()
return M
