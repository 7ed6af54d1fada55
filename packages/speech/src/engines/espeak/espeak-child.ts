import { dieWithParent, serveEngine } from "../child/serve-engine.ts";
import { loadEspeak } from "./load-espeak.ts";

dieWithParent();
const engine = await loadEspeak();

// The first calls compile the engine and take twenty times as long as later ones: not at a job's expense.
for (let round = 0; round < 3; round += 1) {
  engine.speak({ text: "One moment, please. Warming up.", voice: "en-us", speed: 1, sampleRate: 22_050 });
}
serveEngine(engine);
