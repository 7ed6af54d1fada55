import type { Settings } from "./read-settings.ts";
import type { Process } from "./values/setting.ts";
import { settings, type Setting, type SettingName } from "./settings.ts";

type ReaderOf<N extends SettingName> = (typeof settings)[N]["readBy"][number];
type ReadByEach<P extends Process> = {
  [N in SettingName]: [P] extends [ReaderOf<N>] ? N : never;
}[SettingName];

/** What every process reads is known also of one that is not known yet. */
type NameReadBy<P extends Process> = ReadByEach<P> | ReadByEach<Process>;

/** What a process gets, parsed. */
export type SettingsReadBy<P extends Process> = Settings<NameReadBy<P>>;

/** For `readSettings`. */
export function namesReadBy<P extends Process>(process: P): readonly NameReadBy<P>[] {
  return Object.entries<Setting<unknown>>(settings)
    .filter(([, { readBy }]) => readBy.includes(process))
    .map(([name]) => name as NameReadBy<P>);
}
