import { expect, it } from "@jest/globals";
import loadModule from "@echogarden/espeak-ng-emscripten";
import { nearestVoices } from "./nearest-voices.ts";
import { voices } from "./voices.ts";

it("lists the voices that the engine has, every one and no other", async () => {
  const { eSpeakNGWorker: EspeakWorker } = await loadModule();
  const listed = new EspeakWorker().list_voices().map((voice) => voice.identifier);

  expect([...voices.values()].map((voice) => voice.engineVoice).sort()).toEqual(listed.sort());
});

it("names languages that Intl knows, and each voice once", () => {
  const languages = [...voices.values()].map((voice) => voice.language);

  expect(Intl.getCanonicalLocales(languages).length).toBeGreaterThan(0);
  expect([...voices.keys()].every((id) => /^[a-z0-9-]+$/.test(id))).toBe(true);
});

it.each([
  ["en_US", "en-us"],
  ["german", "de"],
  ["en-usa", "en-us"],
])("suggests for %s the voice %s", (asked, suggested) => {
  expect(nearestVoices(asked, 3).map((voice) => voice.id)).toContain(suggested);
});
