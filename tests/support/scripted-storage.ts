import { createS3Storage } from "@herald/shared/storage/s3-storage";
import { parseStorageUrl, type S3Location } from "@herald/shared/storage/storage-location";
import { startScriptedS3, type S3Answer, type S3Request, type ScriptedS3 } from "./scripted-s3.ts";
import { setTestCredentials } from "./test-s3.ts";

const SHORT = { requestMs: 100, answerMs: 100, stallMs: 100 };
const servers: ScriptedS3[] = [];

/** A storage on `s3://audio/herald` with little patience, and the server that answers it. */
export async function openScriptedStorage(answer: (request: S3Request) => S3Answer) {
  setTestCredentials();
  const server = await startScriptedS3(answer);
  servers.push(server);
  const location = parseStorageUrl(`s3://audio/herald?endpoint=${server.endpoint}&sse=AES256`) as S3Location;
  const notices: string[] = [];
  const onCannotList = () => notices.push("cannot list");
  return { storage: createS3Storage({ location, onCannotList, timeouts: SHORT }), server, notices };
}

export async function stopScriptedServers(): Promise<void> {
  for (const server of servers.splice(0)) await server.stop();
}
