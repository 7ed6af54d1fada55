declare module "@echogarden/espeak-ng-emscripten" {
  interface EspeakWorker {
    list_voices(): { name: string; identifier: string; languages: { priority: number; name: string }[] }[];
    get_samplerate(): number;
    set_voice(identifier: string): void;
    /** Words a minute; outside 80 to 450 it is clipped. */
    set_rate(wordsPerMinute: number): void;
    /** Calls back per piece of audio, until the text is spoken or the callback returns true. */
    synthesize(ssml: string, onAudio: (samples: Int16Array<ArrayBuffer>) => boolean): void;
  }

  interface EspeakModule {
    eSpeakNGWorker: new () => EspeakWorker;
  }

  export default function loadEspeak(options?: {
    print?: (line: string) => void;
    printErr?: (line: string) => void;
  }): Promise<EspeakModule>;
}
