export default async function stopRedisOfTests(): Promise<void> {
  await globalThis.heraldTestRedis?.stop();
}
