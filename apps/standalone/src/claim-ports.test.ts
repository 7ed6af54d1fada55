import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { claimPorts } from "./claim-ports.ts";
import { findFreePort } from "./machine/ports.ts";
import { readLaunchSettings } from "./settings.ts";

let other: Server;
let taken: number;

beforeEach(async () => {
  other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  taken = (other.address() as AddressInfo).port;
});

afterEach(() => {
  other.close();
});

const signal = new AbortController().signal;

it("names PORT when the API's port is taken", async () => {
  const settings = readLaunchSettings({ PORT: String(taken) }, "/");

  await expect(claimPorts(settings, { patienceMs: 0, signal })).rejects.toThrow(
    new RegExp(`^Port ${taken} on 127.0.0.1 is in use.*--port.*PORT`),
  );
});

it("names HEALTH_PORT when a worker's port is taken", async () => {
  const settings = readLaunchSettings(
    { PORT: String(await findFreePort()), HEALTH_PORT: String(taken - 2) },
    "/",
  );

  await expect(claimPorts(settings, { patienceMs: 0, signal })).rejects.toThrow(/in use.*HEALTH_PORT/);
});

it("waits for the processes of a killed run to let go", async () => {
  const settings = readLaunchSettings(
    { PORT: String(taken), HEALTH_PORT: String(await findFreePort()) },
    "/",
  );

  const claimed = claimPorts(settings, { patienceMs: 5000, signal });
  other.close();

  await expect(claimed).resolves.toBeUndefined();
});

it("names HOST when it is no address of this machine", async () => {
  const settings = readLaunchSettings({ HOST: "192.0.2.1" }, "/");

  await expect(claimPorts(settings, { patienceMs: 0, signal })).rejects.toThrow("of HOST 192.0.2.1");
});
