/**
 * Lua, for the scripts by which an endpoint that is enabled may come to have parked deliveries: whenever it has, it is on the
 * list from which the housekeeper has them sent.
 */
export const UNPARKING = `
local function unpark(parked, unparking, member)
  if redis.call("ZCARD", parked) > 0 then
    redis.call("ZADD", unparking, "NX", redis.call("TIME")[1] .. "000", member)
  end
end
`;
