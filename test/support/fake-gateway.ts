import type {
  Gateway,
  GatewayCall,
  GatewayObserver,
  GatewayRequest,
} from '../../runtime/gateway/gateway.ts';
import type { ResponseHead } from '../../runtime/gateway/messages.ts';

/** One call as the application sees it. */
export interface FakeCall {
  readonly request: GatewayRequest;
  /** Another one once the call was left. */
  observer: GatewayObserver;
  /** What `writeBody` took so far, Latin-1. */
  body: string;
  isBodyEnded: boolean;
  isAborted: boolean;
  /** Whether it goes on without its client. */
  isLeft: boolean;
  grantedBytes: number;
  /** Called at `endBody`, `abort` and `grant`. */
  onChange: (() => void) | null;
  /** What `writeBody` returns. */
  isBodyTaken: boolean;
}

/** A gateway that plays an application; it is called in the turn after `start`. */
export function fakeGateway(play: (call: FakeCall) => void): Gateway {
  return {
    start(request, observer): GatewayCall {
      const call: FakeCall = {
        request,
        observer,
        body: '',
        isBodyEnded: false,
        isAborted: false,
        isLeft: false,
        grantedBytes: 0,
        onChange: null,
        isBodyTaken: true,
      };
      setImmediate(() => {
        if (!call.isAborted) play(call);
      });
      return {
        writeBody(bytes) {
          call.body += Buffer.from(bytes).toString('latin1');
          return call.isBodyTaken;
        },
        endBody() {
          call.isBodyEnded = true;
          call.onChange?.();
        },
        grant(bytes) {
          call.grantedBytes += bytes;
          call.onChange?.();
        },
        abort() {
          call.isAborted = true;
          call.onChange?.();
        },
        goOnWithoutClient(next) {
          call.observer = next;
          call.isLeft = true;
          call.onChange?.();
          return true;
        },
      };
    },
    close: () => Promise.resolve(),
  };
}

/** A head with the fields of an ordinary answer. */
export function fakeHead(overrides: Partial<ResponseHead> = {}): ResponseHead {
  return {
    status: 200,
    fields: [['Content-Type', 'text/plain']],
    contentLength: null,
    isConnectionClosed: false,
    instructions: [],
    ...overrides,
  };
}
