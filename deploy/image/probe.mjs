// The image's health check: exit code 0 when this container's process is live.
// The API answers on PORT and every other process on HEALTH_PORT; a container runs one of them, so one of the two answers.
const ports = [process.env.PORT, process.env.HEALTH_PORT];

async function isLive(port) {
  try {
    const { ok } = await fetch(`http://127.0.0.1:${port}/health/live`, { signal: AbortSignal.timeout(4000) });
    return ok;
  } catch {
    return false;
  }
}

const answers = await Promise.all(ports.map(isLive));
process.exitCode = answers.includes(true) ? 0 : 1;
