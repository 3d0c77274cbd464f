-- What wrk sends: the requests of a file, again and again (cycle), each once (once), or as chains (chain), where
-- what one answer says is the next request. Counts the answers that are as they should be.
--
-- A line of the file: method, path, headers (name:value, separated by \30), and the body in one or more parts, all
-- separated by \31. A chain's body has three: what stands before the token, the token, and what stands after it.

local mode, file = os.getenv("BENCH_MODE"), os.getenv("BENCH_FILE")
local status, expected, token = os.getenv("BENCH_STATUS"), os.getenv("BENCH_EXPECT"), os.getenv("BENCH_TOKEN")
local checked = os.getenv("BENCH_CHECK") ~= "no"
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

local function split(text, by)
  local found, from = {}, 1
  while true do
    local at = text:find(by, from, true)
    found[#found + 1] = text:sub(from, (at or #text + 1) - 1)
    if not at then return found end
    from = at + #by
  end
end

local lines, queue, first, last, at = {}, {}, 1, 0, 0
good, bad, sample, over = 0, 0, "", 0

local function push(entry)
  last = last + 1
  queue[last] = entry
end

local function headers_of(text)
  local found = {}
  for _, pair in ipairs(split(text, "\30")) do
    local name, value = pair:match("^([^:]+):(.*)$")
    if name then found[name] = value end
  end
  return found
end

function init(args)
  for line in io.lines(file) do
    local part = split(line, "\31")
    local headers = headers_of(part[3])
    if mode == "chain" then
      push({method = part[1], path = part[2], headers = headers, before = part[4], token = part[5], after = part[6]})
    else
      local body = part[4] ~= "" and part[4] or nil
      lines[#lines + 1] = wrk.format(part[1], part[2], headers, body)
    end
  end
end

local flying = {}

function request()
  if mode == "chain" then
    local entry = queue[first]
    queue[first] = nil
    first = first + 1
    flying = entry
    return wrk.format(entry.method, entry.path, entry.headers, entry.before .. entry.token .. entry.after)
  end
  at = at + 1
  if at > #lines then
    if mode == "once" then
      over = 1
      wrk.thread:stop()
    end
    at = 1
  end
  return lines[at]
end

if checked then
  function response(code, headers, body)
    if over == 1 then return end
    local text = body
    if status == "302" then text = headers["Location"] or headers["location"] or "" end
    -- Both lead on; which of them is a matter of taste here.
    if status == "302" and code == 303 then code = 302 end
    if tostring(code) == status and text:find(expected) then
      good = good + 1
      if mode == "chain" then
        push({method = flying.method, path = flying.path, headers = flying.headers, before = flying.before,
              token = text:match(token), after = flying.after})
      end
    else
      bad = bad + 1
      if sample == "" then sample = tostring(code) .. " " .. text:sub(1, 300) end
    end
  end
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(c) return string.format("\\u%04x", c:byte()) end) .. '"'
end

function done(summary, latency, requests)
  local fine, wrong, said = 0, 0, ""
  for _, thread in ipairs(threads) do
    fine, wrong = fine + thread:get("good"), wrong + thread:get("bad")
    said = said ~= "" and said or thread:get("sample")
  end
  local e = summary.errors
  io.write(string.format('\nRESULT {"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "max": %f, "good": %d, "bad": %d, ' ..
    '"statuses": %d, "broken": %d, "bytes": %d, "sample": %s}\n', summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, fine, wrong, e.status,
    e.connect + e.read + e.write + e.timeout, summary.bytes, quoted(said)))
end
