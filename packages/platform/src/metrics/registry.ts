import { collectDefaultMetrics, Gauge, Registry } from "prom-client";

export interface RegistryOptions {
  readonly process: string;
  readonly version: string;
}

/** A registry of its own for each process, with what Node tells of itself. Labels are bounded: never a job, tenant or key. */
export function createRegistry({ process: name, version }: RegistryOptions): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ process: name });
  collectDefaultMetrics({ register: registry });
  const info = new Gauge({
    name: "herald_build_info",
    help: "Always 1; the labels say what is running.",
    labelNames: ["version", "node"],
    registers: [registry],
  });
  info.set({ version, node: process.version }, 1);
  return registry;
}
