/**
 * Lua, for the scripts that write an endpoint: keeps the number of secrets by encryption key right, from which a process
 * sees when it starts whether it can open all that there is. `counts` is the key of that hash; a sealed text begins with
 * the id of the key that sealed it.
 */
export const COUNT_SEALED_HEADERS = `
local function countSealed(counts, sealed, by)
  local id = string.match(sealed or "", "^(%x+)%.")
  if id and redis.call("HINCRBY", counts, id, by) <= 0 then
    redis.call("HDEL", counts, id)
  end
end
`;
