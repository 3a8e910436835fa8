-- wrk: clients that think for 0 to 2 x think ms, then create (one in so many) or poll one task, as simulation.mixed.
-- Arguments: think in ms, one create in so many requests, path of the task, body of a create, name of the run.
local think_ms, one_in, poll, body_before, body_after, run
local sent = 0

function init(args)
  math.randomseed(#args[5] + string.byte(args[5], -1))
  think_ms, one_in, run = tonumber(args[1]), tonumber(args[2]), args[5]
  poll = wrk.format("GET", args[3])
  local from, to = string.find(args[4], "{n}", 1, true)
  body_before, body_after = string.sub(args[4], 1, from - 1), string.sub(args[4], to + 1)
  wrk.headers["Content-Type"] = "application/json"
end

function delay()
  return math.floor(math.random() * 2 * think_ms + 0.5)
end

function request()
  if math.random(one_in) > 1 then return poll end
  sent = sent + 1
  wrk.headers["Idempotency-Key"] = run .. "-" .. sent
  return wrk.format("POST", "/api/v1/tasks", nil, body_before .. run .. " " .. sent .. body_after)
end
