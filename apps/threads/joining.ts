import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { type Methods, openChannel, type Post, type Remote } from './channel.ts';
import { createControl, joinControl, type ThreadControl } from './control.ts';

/** The thread or process that has started this one. */
export interface Host<There extends Methods, Input> extends Remote<There> {
  readonly input: Input;
  readonly control: ThreadControl;
  /** Reports this thread as open and answers calls from then on. The host ends the thread: after a single call, or after the
   *  method `stop`, which closes whatever is open. */
  serve(methods: Methods): void;
}

/** For entries of threads and processes only. */
export function joinHost<There extends Methods = Methods, Input = undefined>(): Host<There, Input> {
  const methods = { opened() {}, stop() {} };
  const { call, tell, heard } = openChannel<There>(postToHost(), methods);
  const { input, control } = (workerData ?? {}) as { input: Input; control?: SharedArrayBuffer };
  return {
    input,
    control: control === undefined ? createControl() : joinControl(control),
    call,
    tell,
    serve(served) {
      Object.assign(methods, served);
      (parentPort ?? process).on('message', heard);
    },
  };
}

function postToHost(): Post {
  const port = parentPort;
  if (port !== null) return (message, moved) => port.postMessage(message, moved);
  if (process.send === undefined)
    throw new Error('this file is the entry of a thread or process that Figtree starts itself');
  return (message) => void process.send?.(message);
}

/** Lowers the priority of this thread. Only on Linux, because elsewhere it would apply to the whole process. */
export function giveWay(niceness: number): void {
  if (process.platform === 'linux') setPriority(niceness);
}
