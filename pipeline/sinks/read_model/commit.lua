-- One step of the read model: either all of it happens, or none.
-- KEYS: the lease, the offsets. ARGV: the holder, its time in ms, the number of partitions,
-- for each (partition, offset it must have, offset it gets), then commands: (number of words, words).
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
  return 'LEASE'
end
local last = 3 + 3 * tonumber(ARGV[3])
for at = 4, last, 3 do
  if redis.call('HGET', KEYS[2], ARGV[at]) ~= ARGV[at + 1] then
    return 'MOVED'
  end
end
-- The first write is one that a full server refuses. Once a script has written, it is refused nothing any more.
for at = 4, last, 3 do
  redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local at = last + 1
while at <= #ARGV do
  local words = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + words))
  at = at + words + 1
end
return 'OK'
