-- wrk: what tests/bench/asked.py says. Arguments: method, path, body, idempotency key, file of ids, name of the run.
-- "{n}" in body and key is another text each time, "{id}" in the path a random id of the file.
local WORDS = {"fog", "tram", "violin", "lighthouse", "staircase", "a slow pan", "in the rain", "two dancers", "at dusk"}
local ID_BYTES, LINE_BYTES = 29, 30
local path_before, path_after, body_before, body_after, key_before, key_after, ids, count, run
local sent, static = 0, nil

local function split(text, mark)
  local from, to = string.find(text, mark, 1, true)
  if not from then return text, nil end
  return string.sub(text, 1, from - 1), string.sub(text, to + 1)
end

local function varied()
  local words = {sent}
  for place = 2, math.random(2, 9) do words[place] = WORDS[math.random(#WORDS)] end
  return table.concat(words, " ")
end

function init(args)
  math.randomseed(#args[6] + string.byte(args[6], -1))
  wrk.method, run = args[1], args[6]
  path_before, path_after = split(args[2], "{id}")
  body_before, body_after = split(args[3], "{n}")
  key_before, key_after = split(args[4], "{n}")
  if args[3] ~= "" then wrk.headers["Content-Type"] = "application/json" end
  if args[4] ~= "" then wrk.headers["Idempotency-Key"] = args[4] end
  if path_after then
    local file = assert(io.open(args[5], "rb"))
    ids = file:read("*a")
    file:close()
    count = #ids / LINE_BYTES
  end
  if not (path_after or body_after or key_after) then
    static = wrk.format(nil, path_before, nil, args[3] ~= "" and args[3] or nil)
  end
end

function request()
  if static then return static end
  sent = sent + 1
  local path, body = path_before, nil
  if ids then
    local from = math.random(0, count - 1) * LINE_BYTES
    path = path_before .. string.sub(ids, from + 1, from + ID_BYTES) .. path_after
  end
  if body_before ~= "" then body = body_after and body_before .. varied() .. body_after or body_before end
  if key_after then wrk.headers["Idempotency-Key"] = key_before .. run .. "-" .. sent .. key_after end
  return wrk.format(nil, path, nil, body)
end
