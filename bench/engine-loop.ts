import loadEspeak from "@echogarden/espeak-ng-emscripten";

/** The bare engine: speaks sentences one after another for a while and answers how many it managed each second. */
const [seconds = "5", text = ""] = process.argv.slice(2);

const { eSpeakNGWorker: EspeakWorker } = await loadEspeak();
const engine = new EspeakWorker();
engine.set_voice("en-us");
const speak = (): void => {
  engine.synthesize(text, () => false);
};

for (let i = 0; i < 100; i++) speak(); // Until the JIT has settled.
process.send?.("ready");
await new Promise((resolve) => process.once("message", resolve));

const start = performance.now();
let spoken = 0;
while (performance.now() - start < Number(seconds) * 1000) {
  speak();
  spoken++;
}
process.send?.(spoken / ((performance.now() - start) / 1000));
process.disconnect();
