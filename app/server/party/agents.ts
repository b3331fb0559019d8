/** The processes that work for this machine's profiles, one for each that is used, and what pages learn of them. */
import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { jobsOf, newDesk, progressText, putJob, putLine, type Desk, type Job, type Line } from './jobs.ts';
import type { Act, Acts, Reply, TurnNews } from './messages.ts';

type Waiting = { readonly act: Act; resolve(output: object): void; reject(error: Error): void };

type Agent = {
  readonly folder: string;
  readonly desk: Desk;
  /** Emits `news`, with the room that it is about or undefined. */
  readonly news: EventEmitter;
  readonly waiting: Map<number, Waiting>;
  child?: ChildProcess;
  /** Whether the process has its wallet open, and so drives its rooms. */
  isOpen: boolean;
  /** Address of the profile's account, once its wallet was open. */
  address?: string;
};

const FILE = fileURLToPath(new URL('./agent.ts', import.meta.url));
const agents = new Map<string, Agent>();
let lastId = 0;

/**
 * Has a profile's process do something, and waits for it.
 * @param folder the profile's
 * @throws Error with what the process says, or that it ended
 */
export function ask<Name extends Act>(
  folder: string,
  act: Name,
  input: Acts[Name]['input'],
): Promise<Acts[Name]['output']> {
  return send(agentOf(folder), ++lastId, act, input);
}

/**
 * Has a profile's process do something that may take long. How far it is, {@link newsOf} tells.
 * @param afterwards is done once it has succeeded
 */
export function begin<Name extends Act>(
  folder: string,
  act: Name,
  input: Acts[Name]['input'],
  afterwards: (output: Acts[Name]['output']) => Promise<void> = async () => {},
): number {
  const agent = agentOf(folder);
  const id = ++lastId;
  const room = 'room' in input ? input.room : undefined;
  const job: Job = { id, act, room, begun: new Date().toISOString(), state: 'running', text: 'waiting for its turn' };
  putJob(agent.desk, job);
  const end = (changes: Partial<Job>) => {
    putJob(agent.desk, { ...agent.desk.jobs.get(id)!, ...changes });
    agent.news.emit('news', room);
  };
  send(agent, id, act, input)
    .then(async (output) => {
      await afterwards(output);
      const made = 'room' in output ? { made: output.room } : {};
      end({ state: 'done', text: '', ...made, ...('told' in output ? { told: output.told } : {}) });
    })
    .catch((error: Error) => end({ state: 'failed', text: error.message }));
  return id;
}

/** What pages show of a profile's process. */
export type AgentNews = { readonly jobs: readonly Job[]; readonly lines: readonly Line[]; readonly turn?: TurnNews };

/** What is known of a room, or of what is about no room. */
export function newsOf(folder: string, room?: string): AgentNews {
  const desk = agents.get(folder)?.desk;
  if (!desk) return { jobs: [], lines: [] };
  return {
    jobs: jobsOf(desk, room),
    lines: room === undefined ? [] : (desk.lines.get(room) ?? []),
    turn: room === undefined ? undefined : desk.turns.get(room),
  };
}

/** Address of a profile's account; undefined where its wallet was not open yet. */
export function accountOf(folder: string): string | undefined {
  return agents.get(folder)?.address;
}

/** Calls back whenever there is news of a room, or of what is about none. Returns how to stop it. */
export function listen(folder: string, room: string | undefined, told: () => void): () => void {
  const { news } = agentOf(folder);
  const hear = (about: string | undefined) => {
    if (about === room) told();
  };
  news.on('news', hear);
  return () => news.off('news', hear);
}

/** Ends all processes, for a server that ends. */
export function endAgents(): void {
  for (const { child } of agents.values()) if (child?.connected) child.disconnect();
  agents.clear();
}

function agentOf(folder: string): Agent {
  const known = agents.get(folder);
  if (known) return known;
  const agent: Agent = {
    folder,
    desk: newDesk(),
    news: new EventEmitter().setMaxListeners(0),
    waiting: new Map(),
    isOpen: false,
  };
  agents.set(folder, agent);
  return agent;
}

function send<Name extends Act>(
  agent: Agent,
  id: number,
  act: Name,
  input: Acts[Name]['input'],
): Promise<Acts[Name]['output']> {
  return new Promise((resolve, reject) => {
    agent.waiting.set(id, { act, resolve: resolve as Waiting['resolve'], reject });
    childOf(agent).send({ id, act, input });
  });
}

function childOf(agent: Agent): ChildProcess {
  if (agent.child?.connected) return agent.child;
  // The environment as this process sees it: a test runner shows its tests a copy, which they may have changed.
  const child = fork(FILE, [agent.folder], { env: process.env, execArgv: [], serialization: 'advanced' });
  agent.child = child;
  child.on('message', (reply) => hear(agent, reply as Reply));
  child.on('exit', () => {
    if (agent.child !== child) return;
    agent.child = undefined;
    agent.isOpen = false;
    for (const { reject } of agent.waiting.values()) {
      reject(new Error('The process of this profile ended. Ask again: it goes on from what the chain shows.'));
    }
    agent.waiting.clear();
  });
  return child;
}

function hear(agent: Agent, reply: Reply): void {
  const { desk, news, waiting } = agent;
  if ('output' in reply) {
    const asked = waiting.get(reply.id);
    if (asked && asked.act !== 'check') agent.isOpen = true;
    if ('address' in reply.output) agent.address = reply.output.address;
    asked?.resolve(reply.output);
    waiting.delete(reply.id);
    return;
  }
  if ('refused' in reply) {
    waiting.get(reply.id)?.reject(new Error(reply.refused));
    waiting.delete(reply.id);
    return;
  }
  if ('turn' in reply) {
    desk.turns.set(reply.room, reply.turn);
    if (reply.turn.kind === 'acted') putLine(desk, reply.room, `done: ${reply.turn.step}`);
    if (reply.turn.kind === 'stuck') putLine(desk, reply.room, reply.turn.reason);
  } else {
    const text = progressText(reply.progress);
    const job = reply.id === undefined ? undefined : desk.jobs.get(reply.id);
    if (job?.state === 'running') putJob(desk, { ...job, text });
    if (reply.room !== undefined) putLine(desk, reply.room, text);
  }
  news.emit('news', reply.room);
}

/** Has a profile's process open its wallet, so that it drives its rooms, unless it does so already. */
export function wake(folder: string): void {
  const { isOpen, waiting } = agentOf(folder);
  const isOpening = [...waiting.values()].some(({ act }) => act === 'open');
  if (!isOpen && !isOpening) begin(folder, 'open', {});
}
