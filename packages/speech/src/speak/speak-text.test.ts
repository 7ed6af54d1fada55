import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { openEncoder } from "../audio/open-encoder.ts";
import { startEnginePool, type EnginePool } from "../engines/pool/start-engine-pool.ts";
import { EngineError } from "../engines/engine-error.ts";
import type { Engine, SpeakRequest } from "../engines/engine.ts";
import { sampleRates } from "@herald/shared/jobs/audio-formats";
import { speakText } from "./speak-text.ts";

const NEVER = new AbortController().signal;
const TEXT = "The quick brown fox jumps over the lazy dog, and nobody knows why.";

describe("spoken text", () => {
  let pool: EnginePool;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "herald-speech-"));
    pool = startEnginePool({
      childModule: new URL("../../dist/engines/espeak/espeak-child.js", import.meta.url),
      size: 2,
      segmentTimeoutMs: 30_000,
      memoryLimitBytes: 2 ** 30,
    });
  });

  afterAll(async () => {
    await pool.stop();
    await rm(directory, { recursive: true, force: true });
  });

  interface Spoken extends Partial<SpeakRequest> {
    readonly engine?: Pick<Engine, "speak">;
  }

  async function seconds({ engine = pool, ...asked }: Spoken = {}): Promise<number> {
    const request = { text: TEXT, voice: "en-us", speed: 1, sampleRate: 22_050, ...asked };
    const { sampleRate } = request;
    let samples = 0;
    for await (const chunk of speakText(request, { engine }, NEVER)) samples += chunk.length;
    return samples / sampleRate;
  }

  it.each([0.25, 0.5, 2, 4])("lasts as long as speed %d says, within a tenth", async (speed) => {
    const normal = await seconds();

    const ratio = ((await seconds({ speed })) * speed) / normal;

    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });

  it.each(sampleRates)("lasts as long at %d Hz as at any other rate", async (sampleRate) => {
    expect(Math.abs((await seconds({ sampleRate })) - (await seconds()))).toBeLessThan(0.05);
  });

  it("is not taken for markup", async () => {
    const plain = await seconds({ text: "Is five less than six and more?" });
    const marked = await seconds({ text: 'Is <break time="20s"/> five less than six &amp; more?' });

    expect(marked - plain).toBeLessThan(10);
  });

  it("refuses a text with nothing to speak", async () => {
    await expect(seconds({ text: " ... !? " })).rejects.toThrow(EngineError);
  });

  it("names the segment that could not be spoken, after a second try", async () => {
    let calls = 0;
    const engine: Pick<Engine, "speak"> = {
      speak: (...args) => {
        calls++;
        return calls > 1 ? Promise.reject(new EngineError("engine_failed", "gone")) : pool.speak(...args);
      },
    };
    const text = "The first paragraph is fine.\n\nThe second paragraph is not.";

    await expect(seconds({ text, engine })).rejects.toMatchObject({ segment: 2, code: "engine_failed" });
    expect(calls).toBe(3);
  });

  it("is a wav whose header tells its length", async () => {
    const path = join(directory, "a.wav");
    const encoder = await openEncoder({ format: "wav", sampleRate: 22_050, path });
    await encoder.write(new Int16Array(22_050));
    await encoder.write(new Int16Array(11_025));

    const { durationSeconds, bytes, read } = await encoder.finish();

    const file = await buffer(read());
    expect({ durationSeconds, bytes }).toEqual({ durationSeconds: 1.5, bytes: 44 + 33_075 * 2 });
    expect(file.length).toBe(bytes);
    expect(file.readUInt32LE(4)).toBe(file.length - 8);
    expect(file.readUInt32LE(40)).toBe(33_075 * 2);
  });

  it("is the same file when it grew too large for memory, and leaves nothing behind", async () => {
    const path = join(directory, "long.wav");
    const encoder = await openEncoder({ format: "wav", sampleRate: 48_000, path });
    const second = Int16Array.from({ length: 48_000 }, (_, i) => i % 1000);
    for (let i = 0; i < 30; i++) await encoder.write(second);
    const { bytes, read } = await encoder.finish();

    const file = await buffer(read());
    const onDisk = await readdir(directory);
    await encoder.discard();

    expect(onDisk).toEqual(["long.wav"]);
    expect(file.length).toBe(bytes);
    expect(file.readUInt32LE(40)).toBe(30 * 96_000);
    expect(Buffer.from(second.buffer).equals(file.subarray(44, 96_044))).toBe(true);
    expect(Buffer.from(second.buffer).equals(file.subarray(-96_000))).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(sampleRates)("is an mp3 at %d Hz whose first frame counts the others", async (sampleRate) => {
    const path = join(directory, `${sampleRate}.mp3`);
    const encoder = await openEncoder({ format: "mp3", sampleRate, path });
    await encoder.write(new Int16Array(3 * sampleRate));

    const { durationSeconds, bytes, read } = await encoder.finish();

    const file = await buffer(read());
    const info = file.indexOf("Info");
    expect(file.length).toBe(bytes);
    expect(file.readUInt32BE(info + 12)).toBe(bytes);
    const frameSamples = sampleRate < 32_000 ? 576 : 1152;
    expect((file.readUInt32BE(info + 8) * frameSamples) / sampleRate).toBeCloseTo(durationSeconds, 6);
    expect(durationSeconds).toBeGreaterThanOrEqual(3);
    expect(durationSeconds).toBeLessThan(3.4);
  });

  it("leaves the event loop free while it is made", async () => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    await Promise.all(Array.from({ length: 8 }, () => seconds({ text: `${TEXT} `.repeat(10) })));
    delay.disable();

    // The promise is 50 ms at the 99th percentile; a blocking engine would show as hundreds.
    expect(delay.percentile(99) / 1e6).toBeLessThan(100);
  });
});
