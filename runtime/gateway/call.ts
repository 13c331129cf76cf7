/** One request on the main thread: what its starter sees of it, over all attempts to have it answered. */
import { ownBytes } from '../owned-bytes.ts';
import { packVariables, type PackedVariables } from '../cgi/packed-variables.ts';
import { BodyWindow, GrantCounter } from './credit.ts';
import type {
  GatewayCall,
  GatewayFailure,
  GatewayObserver,
  GatewayRequest,
  MemberStandardError,
} from './gateway.ts';
import type { PlacedCall } from './member-connections.ts';
import type { FromLane, TaskBody, TaskFailure, ToLane } from './messages.ts';
import type { Place } from './waiting-lines.ts';

/** The way to the lane that a call runs on now. */
export interface AttemptPort {
  readonly id: number;
  post(message: ToLane): void;
  postBytes(message: ToLane, bytes: Uint8Array): void;
}

/** What a call that waits in a line has: the end of its time, and the way out. */
export interface Waiting {
  /** As `Deadlines` has numbered it. */
  readonly deadline: number;
  readonly leave: () => void;
}

/** Told of what a call does by itself. */
export interface CallOwner {
  /** Nobody waits for it any more: it leaves what line it is in, and what its lane has of it is ended. */
  onAborted(call: Call): void;
  /** It goes on without a client; {@link onOver} follows. */
  onWithoutClient(call: Call): void;
  /** One without a client has nothing more to come. */
  onOver(call: Call): void;
}

const NONE_TRIED: ReadonlySet<number> = new Set();

/** A request on its way through the gateway, from waiting to its last byte. */
export class Call implements GatewayCall, PlacedCall<Call> {
  readonly request: GatewayRequest;
  readonly variables: PackedVariables;
  /** Owns its buffer where it is inline. */
  readonly body: TaskBody;
  /** Members that this request was refused by. */
  triedMembers: ReadonlySet<number> = NONE_TRIED;
  /** How the member failed that had it before it was given to another; null: none had it. */
  lost: TaskFailure | null = null;
  /** The member that the current attempt is for. */
  memberIndex = 0;
  place: Place<Call> | null = null;
  /** What it waits for in whatever line; null when it waits for nothing. */
  waiting: Waiting | null = null;
  /** Kept by `UntakenCalls`: the end of the time in which a process has to take it; null for none. */
  untakenDeadline: number | null = null;
  readonly deadlineAtMs: number;
  #observer: GatewayObserver;
  readonly #owner: CallOwner;
  readonly #window = new BodyWindow();
  readonly #grants = new GrantCounter();
  #port: AttemptPort | null = null;
  #hasHead = false;
  #isOver = false;
  /** Its client is gone, and it goes on. */
  #isWithoutClient = false;

  constructor(request: GatewayRequest, observer: GatewayObserver, owner: CallOwner, nowMs: number) {
    this.request = request;
    this.variables = packVariables(request.variables);
    this.body = ownedBody(request.body);
    this.deadlineAtMs = nowMs + request.timeoutMs;
    this.#observer = observer;
    this.#owner = owner;
  }

  /** True when everything has been observed, or nothing is wanted any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get isRepeatable(): boolean {
    return this.request.isIdempotent;
  }

  /** True while another attempt can send all of the request, nothing was answered, and somebody waits for it. */
  get mayGoOn(): boolean {
    return !this.#isOver && !this.#isWithoutClient && !this.#hasHead && this.#window.isUntouched;
  }

  writeBody(bytes: Uint8Array): boolean {
    if (this.#isOver) return true;
    const mayGoOn = this.#window.push(ownBytes(bytes));
    this.#sendBody();
    return mayGoOn;
  }

  endBody(): void {
    if (this.#isOver) return;
    this.#window.end();
    this.#sendBody();
  }

  grant(bytes: number): void {
    const portion = this.#grants.add(bytes);
    const port = this.#port;
    if (portion > 0) port?.post({ type: 'credit', id: port.id, bytes: portion });
  }

  abort(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#owner.onAborted(this);
  }

  goOnWithoutClient(observer: GatewayObserver): boolean {
    if (this.#port === null || this.waiting !== null) {
      this.abort();
      return false;
    }
    this.#isWithoutClient = true;
    this.#observer = observer;
    this.#owner.onWithoutClient(this);
    return true;
  }

  /** The way to the lane that has it, while one has. */
  get port(): AttemptPort | null {
    return this.#port;
  }

  /** A lane gets it. */
  attach(port: AttemptPort): void {
    this.#port = port;
    this.#window.reset();
  }

  /** The attempt under way has failed, or its lane gives it back: nothing goes to it any more. */
  detach(): void {
    this.#port = null;
  }

  /** Passes on what a lane says about the attempt under way. */
  accept(message: FromLane): void {
    if (this.#isOver) return;
    switch (message.type) {
      case 'answer':
        this.#hasHead = true;
        this.#finish();
        this.#observer.onAnswer(message.head, message.body);
        break;
      case 'head':
        this.#hasHead = true;
        this.#observer.onHead(message.head);
        break;
      case 'chunk':
        this.#observer.onChunk(message.bytes);
        break;
      case 'end':
        this.#finish();
        this.#observer.onEnd();
        break;
      case 'note':
        this.#observer.onNote(message.text);
        break;
      case 'body-credit':
        this.#window.grant(message.bytes);
        this.#sendBody();
        break;
      case 'fail':
      case 'stderr':
      case 'spawned':
      case 'connected':
      case 'released':
      case 'passed':
      case 'took':
      case 'opened':
      case 'returned':
      case 'idle-closed':
      case 'values':
        break;
    }
  }

  /** Passes on what an application wrote to standard error, whatever became of the request. */
  acceptStandardError(said: MemberStandardError): void {
    this.#observer.onStandardError(said);
  }

  /** It fails although its lane has it, which is told. */
  giveUp(failure: GatewayFailure): void {
    if (this.#isOver) return;
    this.fail(failure);
    this.#owner.onAborted(this);
  }

  /** The request cannot be answered, or not to its end. */
  fail(failure: GatewayFailure): void {
    if (this.#isOver) return;
    this.#finish();
    this.#observer.onFailure(failure);
  }

  #finish(): void {
    this.#isOver = true;
    this.#window.drop();
    if (this.#isWithoutClient) this.#owner.onOver(this);
  }

  #sendBody(): void {
    const port = this.#port;
    if (port === null) return;
    for (let piece = this.#window.take(); piece !== null; piece = this.#window.take()) {
      port.postBytes({ type: 'body-chunk', id: port.id, bytes: piece }, piece);
    }
    if (this.#window.takeEnd()) port.post({ type: 'body-end', id: port.id });
    if (this.#window.takeDrain()) this.#observer.onBodyDrain();
  }
}

/** A body whose bytes own their buffer, as messages need it. */
function ownedBody(body: TaskBody): TaskBody {
  if (body.kind !== 'inline') return body;
  if (body.bytes.length === 0) return { kind: 'none' };
  const isOwner = body.bytes.length === body.bytes.buffer.byteLength;
  return isOwner ? body : { kind: 'inline', bytes: new Uint8Array(body.bytes) };
}
