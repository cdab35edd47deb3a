// Made by `npm run generate:thread` from thread-program.ts: do not edit.
export const threadProgram = `"use strict";
var arrayTypes = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
var PROGRAM = 0;
var { receiveMessageOnPort, workerData } = require("node:worker_threads");
var { port, turn, path, trial } = workerData;
var sessions = /* @__PURE__ */ new Map();
var memory = [];
var binding;
var sizeOf = ({ dims }) => dims.reduce((product, dim) => product * dim, 1);
function newArray(spec) {
  return new arrayTypes[spec.type](sizeOf(spec));
}
var tensors = (specs, data) => Object.fromEntries(
  specs.map(({ name, type, dims }, i) => [name, { type, dims, location: "cpu", data: data[i] }])
);
function openSession(model, options) {
  const native = new binding.InferenceSession();
  native.loadModel(model.buffer, model.byteOffset, model.byteLength, options);
  return native;
}
var handlers = {
  begin() {
    const ort = require(path);
    ort.initOrt();
    binding = ort.binding;
    const native = openSession(trial.model, { intraOpNumThreads: 1 });
    const wanted = Object.fromEntries(trial.fetches.map((name) => [name, null]));
    const results = native.run(trial.feeds, wanted, {});
    if (typeof results.then === "function") throw new Error("it gives promises");
    native.dispose();
    return [];
  },
  create({ session, model, options, inputs, outputs }) {
    const native = openSession(model, options);
    const scalars = inputs.map((input) => input.scalar ? newArray({ ...input, dims: [] }) : void 0);
    sessions.set(session, { native, inputs, outputs, scalars });
    return [];
  },
  run({ session, feeds, makes }) {
    const { native, inputs, outputs, scalars } = sessions.get(session);
    const fed = feeds.map((feed, i) => {
      const scalar = scalars[i];
      if (scalar === void 0) return memory[feed];
      scalar[0] = feed;
      return scalar;
    });
    const results = outputs.map((spec, i) => memory[makes[i]] ??= newArray(spec));
    native.run(tensors(inputs, fed), tensors(outputs, results), {});
    return [];
  },
  read: ({ ids, copies }) => ids.map((id, i) => {
    const array = memory[id];
    const copyId = copies[i];
    if (copyId === void 0) {
      memory[id] = void 0;
      return array;
    }
    const copy = memory[copyId] ?? new array.constructor(array.length);
    memory[copyId] = void 0;
    copy.set(array);
    return copy;
  }),
  dispose({ session, profiling }) {
    const { native } = sessions.get(session);
    sessions.delete(session);
    if (profiling) native.endProfiling();
    native.dispose();
    return [];
  }
};
function answer({ dropped, written, ...request }) {
  let error;
  let arrays = [];
  try {
    for (const [id, data] of written) memory[id] = data;
    for (const id of dropped) memory[id] = void 0;
    const handle = handlers[request.to];
    arrays = handle(request);
  } catch (cause) {
    error = String(cause?.message ?? cause);
  }
  const message = { error, arrays };
  port.postMessage(
    message,
    arrays.map(({ buffer }) => buffer)
  );
  Atomics.store(turn, 0, PROGRAM);
  Atomics.notify(turn, 0);
}
answer({ to: "begin", dropped: [], written: [] });
for (; ; ) {
  while (Atomics.load(turn, 0) === PROGRAM) Atomics.wait(turn, 0, PROGRAM);
  answer(receiveMessageOnPort(port).message);
}
`;
