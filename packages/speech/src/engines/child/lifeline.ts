import { Socket } from "node:net";

// Runs in a thread of the engine process. Its stdin is held open by the parent and closes with the parent's life.
const lifeline = new Socket({ fd: 0 });
const die = () => {
  process.kill(process.pid, "SIGKILL");
};
lifeline.on("close", die).on("error", die).resume();
