import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { AUTHORITATIVE_ANSWER, decode, encode, type Answer, type Packet } from "dns-packet";
import { createNameResolver, type NameResolverOptions, type Resolve } from "./resolve-name.ts";

/** Addresses by `A name` and `AAAA name`. What is not there does not exist; what ends in `.slow.example` is never answered. */
type Zone = Readonly<Record<string, readonly string[] | "SERVFAIL">>;

const ZONE: Zone = {
  "A both.example": ["192.0.2.1", "192.0.2.2"],
  "AAAA both.example": ["2001:db8::1"],
  "A four.example": ["192.0.2.4"],
  "AAAA four.example": [],
  "A broken.example": "SERVFAIL",
  "AAAA broken.example": [],
  "A listed.example": ["192.0.2.9"],
  "A half.example": ["192.0.2.5"],
  "AAAA half.example": "SERVFAIL",
};

let server: Socket;
let directory: string;
let asked: string[] = [];
let resolve: Resolve;

function answerTo({ id, questions: [question] = [] }: Packet): Packet | null {
  const { name = "", type = "A" } = question ?? {};
  asked.push(`${type} ${name}`);
  if (name.endsWith(".slow.example")) return null;
  const known = ZONE[`${type} ${name}`];
  const rcode = known === undefined ? 3 : known === "SERVFAIL" ? 2 : 0;
  const data = typeof known === "object" ? known : [];
  const answers = data.map((address) => ({ name, type, ttl: 1, data: address }) as Answer);
  return {
    id,
    type: "response",
    flags: AUTHORITATIVE_ANSWER | rcode,
    questions: question ? [question] : [],
    answers,
  };
}

const create = (options: NameResolverOptions = {}): Resolve =>
  createNameResolver({ servers: [`127.0.0.1:${server.address().port}`], ...options });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "herald-hosts-"));
  server = createSocket("udp4").bind(0, "127.0.0.1");
  server.on("message", (message, { port, address }) => {
    const answer = answerTo(decode(message));
    if (answer !== null) server.send(encode(answer), port, address);
  });
  await once(server, "listening");
  resolve = create();
});
afterEach(() => {
  asked = [];
});
afterAll(async () => {
  server.close();
  await rm(directory, { recursive: true });
});

describe("resolving a name", () => {
  it("finds the addresses of both families", async () => {
    expect(await resolve("both.example")).toEqual([
      { address: "192.0.2.1", family: 4 },
      { address: "192.0.2.2", family: 4 },
      { address: "2001:db8::1", family: 6 },
    ]);
  });

  it.each([
    ["has", "four.example", "192.0.2.4"],
    ["could be asked for", "half.example", "192.0.2.5"],
  ])("takes the one family that a name %s", async (_, name, address) => {
    expect(await resolve(name)).toEqual([{ address, family: 4 }]);
  });

  it.each([
    ["does not exist", "nowhere.example", "ENOTFOUND"],
    ["has a server in trouble", "broken.example", "ESERVFAIL"],
  ])("rejects like the system's resolver when it %s", async (_, name, code) => {
    await expect(resolve(name)).rejects.toMatchObject({ code, syscall: "getaddrinfo" });
  });

  it("goes on beside any number of names whose servers never answer", async () => {
    let hanging = 100;
    const waits = Array.from({ length: hanging }, (_, i) =>
      resolve(`${i}.slow.example`).catch(() => hanging--),
    );

    const found = await resolve("four.example");

    expect([found.length, hanging]).toEqual([1, 100]);
    await Promise.all(waits);
  });

  it.each(["listed.example", "Other.Example.", "localhost", "redis", "db.internal"])(
    "leaves %s to the system, and asks no DNS server",
    async (name) => {
      const hostsFile = join(directory, "hosts");
      await writeFile(
        hostsFile,
        "127.0.0.1 localhost\n192.0.2.77\tListed.example other.example # four.example\n",
      );
      const system: Resolve = () => Promise.resolve([{ address: "192.0.2.77", family: 4 }]);
      const resolveHere = create({ hostsFile, system });

      expect(await resolveHere(name)).toEqual([{ address: "192.0.2.77", family: 4 }]);

      expect(asked).toEqual([]);
      expect(await resolveHere("four.example")).toEqual([{ address: "192.0.2.4", family: 4 }]);
    },
  );

  it("does without a hosts file", async () => {
    expect(await create({ hostsFile: join(directory, "none") })("listed.example")).toHaveLength(1);
  });
});
