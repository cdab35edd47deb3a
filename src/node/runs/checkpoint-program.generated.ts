// Made by `npm run generate:thread` from checkpoint-program.ts: do not edit.
export const checkpointProgram = `"use strict";
var import_node_worker_threads = require("node:worker_threads");
var codeOf = (error) => error?.code ?? "";
var import_node_crypto = require("node:crypto");
var import_node_fs = require("node:fs");
var import_promises = require("node:fs/promises");
var import_node_path = require("node:path");
var import_node_util = require("node:util");
async function writeFileAtomically(path, content) {
  await makeFolder((0, import_node_path.dirname)(path));
  const target = await (0, import_promises.realpath)(path).catch(() => path);
  const unfinished = \`\${target}.\${(0, import_node_crypto.randomUUID)()}.tmp\`;
  try {
    const file2 = await (0, import_promises.open)(unfinished, "wx");
    try {
      for (const part of isParts(content) ? content : [content]) await file2.writeFile(part);
      await flush(file2);
    } finally {
      await file2.close();
    }
    await (0, import_promises.rename)(unfinished, target);
  } catch (error) {
    await (0, import_promises.rm)(unfinished, { force: true });
    throw error;
  }
  await flushFolder((0, import_node_path.dirname)(target));
}
async function makeFolder(path) {
  try {
    await (0, import_promises.mkdir)(path, { recursive: true });
  } catch (error) {
    let missing = path;
    while ((0, import_node_path.dirname)(missing) !== missing && !(0, import_node_fs.existsSync)((0, import_node_path.dirname)(missing))) missing = (0, import_node_path.dirname)(missing);
    if (error.code === "ENOENT") await (0, import_promises.mkdir)(missing);
    throw error;
  }
}
var isParts = (content) => Array.isArray(content);
var cannotFlush = [
  "EINVAL",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "ENOTTY",
  "EPERM",
  "EACCES",
  "EBADF",
  "EISDIR"
];
async function unlessUnsupported(action) {
  try {
    await action();
  } catch (error) {
    if (!cannotFlush.includes(error.code ?? "")) throw error;
  }
}
var toDisk = (0, import_node_util.promisify)(import_node_fs.fsync);
var flush = (file2) => unlessUnsupported(async () => {
  try {
    await file2.sync();
  } catch (error) {
    if (error.code !== void 0) throw error;
    await toDisk(file2.fd);
  }
});
async function flushFolder(path) {
  if (process.platform === "win32") return;
  await unlessUnsupported(async () => {
    const folder = await (0, import_promises.open)(path, "r");
    try {
      await flush(folder);
    } finally {
      await folder.close();
    }
  });
}
var leftoverAge = 10 * 6e4;
var import_node_crypto2 = require("node:crypto");
var noHash = "0".repeat(64);
function hashOf(parts2) {
  const hash = (0, import_node_crypto2.createHash)("sha256");
  for (const part of parts2) hash.update(part);
  return hash.digest("hex");
}
function placeOfHash(head2, hash) {
  return Buffer.from(head2.buffer, head2.byteOffset, head2.byteLength).indexOf(\`"sha256":"\${hash}"\`) + '"sha256":"'.length;
}
var { file, parts } = import_node_worker_threads.workerData;
var [head] = parts;
var place = placeOfHash(head, noHash);
async function write() {
  head.set(Buffer.from(hashOf(parts)), place);
  try {
    await writeFileAtomically(file, parts);
    return { failure: void 0 };
  } catch (error) {
    head.set(Buffer.from(noHash), place);
    return { failure: { code: codeOf(error), message: error.message }, parts };
  }
}
void write().then((result) => {
  const back = result.failure === void 0 ? [] : parts.map(({ buffer }) => buffer);
  import_node_worker_threads.parentPort.postMessage(result, [...new Set(back)]);
});
`;
