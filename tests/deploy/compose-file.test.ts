import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { settings, type Setting } from "@herald/platform/settings/settings";
import { readComposeServices } from "../support/compose-file.ts";

const services = Object.entries(readComposeServices());
const herald = services.filter(([, { build }]) => build !== undefined);
const allSettings = Object.entries<Setting<unknown>>(settings);

/** Set by the image: where a process listens inside its container does not matter outside. */
const FIXED = new Set(["HOST", "PORT", "HEALTH_PORT"]);

function settingsReadBy(process: string): string[] {
  return allSettings
    .filter(([, { readBy }]) => readBy.some((reader) => reader === process))
    .map(([name]) => name);
}

describe("docker-compose.yml", () => {
  it("runs each process of Herald", () => {
    expect(herald.map(([name]) => name).sort()).toEqual([
      "api",
      "housekeeper",
      "synthesis-worker",
      "webhook-worker",
    ]);
  });

  it.each(herald)("lets every setting that the %s reads be set in .env", (name, { environment }) => {
    const offered = new Set([...Object.keys(environment), ...FIXED]);

    expect(settingsReadBy(name).filter((setting) => !offered.has(setting))).toEqual([]);
  });

  it.each(herald)("gives the %s no secret that it does not read", (name, { environment }) => {
    const secrets = allSettings.filter(([, { secret }]) => secret).map(([setting]) => setting);
    const read = new Set(settingsReadBy(name));

    expect(secrets.filter((secret) => secret in environment && !read.has(secret))).toEqual([]);
  });

  it.each(services)("keeps the %s from the network, but for the API", (name, { ports = [] }) => {
    const beyondLoopback = ports.filter((port) => !port.startsWith("127.0.0.1:"));

    expect(beyondLoopback).toEqual(name === "api" ? ["${API_BIND:-0.0.0.0}:${API_PORT:-3000}:3000"] : []);
  });

  it.each(services)("gives the %s nothing to write to, no privileges, and limits", (_, service) => {
    expect(service).toMatchObject({
      restart: "unless-stopped",
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      pids_limit: expect.any(Number),
      mem_limit: expect.stringMatching(/^\$\{\w+_MEMORY_LIMIT:-\d+[mg]\}$/),
      logging: { options: { "max-size": "10m", "max-file": "5" } },
    });
  });

  it.each(services)("takes the %s from an image of one version", (_, { image }) => {
    expect(image).toMatch(/^(\$\{HERALD_IMAGE:-herald:local\}|[\w./-]+:v?\d+\.\d+\.\d+[\w.-]*)$/);
  });

  it("names in .env.example all that has to be set", () => {
    const required = readFileSync("docker-compose.yml", "utf8").matchAll(/\$\{(\w+):\?/g);
    const example = readFileSync(".env.example", "utf8");

    for (const [, name = ""] of required) expect(example).toMatch(new RegExp(`^${name}=change-me$`, "m"));
  });
});
