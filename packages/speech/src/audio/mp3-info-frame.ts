export interface Mp3Contents {
  /** Any of the frames: they are all alike but for their sound. */
  readonly frame: Uint8Array;
  readonly frames: number;
  readonly frameBytes: number;
  /** What the encoder put before and after the samples it was given. */
  readonly delaySamples: number;
  readonly paddingSamples: number;
}

const HEADER_BYTES = 4;
const SIDE_INFO_BYTES = { mpeg1Mono: 17, mpeg2Mono: 9 };
const MPEG1_BIT = 0x08;
const TOC_ENTRIES = 100;
const CONSTANT_BITRATE = 0x01;

/**
 * The silent first frame that tells a player how long the file is, how to seek in it and what to leave out at both
 * ends, so that the sound lasts exactly as long as what was spoken (Xing/Info tag with LAME's extension: "Mp3 Info
 * Tag revision 1 specifications", LAME project). Its length is that of `frame`.
 */
export function mp3InfoFrame({
  frame,
  frames,
  frameBytes,
  delaySamples,
  paddingSamples,
}: Mp3Contents): Buffer {
  const info = Buffer.alloc(frame.byteLength);
  info.set(frame.subarray(0, HEADER_BYTES));
  let at = HEADER_BYTES + (isMpeg1(frame) ? SIDE_INFO_BYTES.mpeg1Mono : SIDE_INFO_BYTES.mpeg2Mono);
  at += info.write("Info", at, "latin1");
  // All four optional fields, because some players look for the extension at a fixed place.
  at = info.writeUInt32BE(0b1111, at);
  at = info.writeUInt32BE(frames, at);
  at = info.writeUInt32BE(info.byteLength + frameBytes, at);
  for (let entry = 0; entry < TOC_ENTRIES; entry += 1) at = info.writeUInt8((entry * 256) / TOC_ENTRIES, at);
  at = info.writeUInt32BE(0, at);
  at += info.write("LAME3.100", at, "latin1");
  at = info.writeUInt8(CONSTANT_BITRATE, at);
  const lowPassReplayGainFlagsAndBitrate = 11;
  at += lowPassReplayGainFlagsAndBitrate;
  info.writeUIntBE((delaySamples << 12) | paddingSamples, at, 3);
  return info;
}

function isMpeg1(frame: Uint8Array): boolean {
  return ((frame[1] ?? 0) & MPEG1_BIT) !== 0;
}
