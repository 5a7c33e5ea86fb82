/** What a server tells about itself once it listens, and again of each fresh bucket. */
export interface Ready {
  readonly tell: "ready";
  readonly httpUrl: string;
  readonly httpsUrl: string;
  readonly caPem: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The key to convert to. */
  readonly keyArn: string;
}

/** How a fresh bucket's objects are encrypted: as before 2023, or as since then. */
export type Filling = "none" | "AES256";

/** How objects are to be encrypted in the end. */
export type Goal = "AES256" | "aws:kms";

/** What a server saw of one client, and what it finds when all is over. */
export interface Found {
  readonly tell: "found";
  /** Requests by operation. */
  readonly requests: Readonly<Record<string, number>>;
  /** User and system time of the server since the bucket was filled. */
  readonly cpuMicroseconds: number;
  /** Objects that are now encrypted as they were to be. */
  readonly converted: number;
  /** Objects that the client has looked at since its last change of them. */
  readonly readBack: number;
  /** How many objects have lost what, by aspect. Nothing where the server keeps no objects. */
  readonly lost?: Readonly<Record<string, number>>;
}

export type Ask =
  | { readonly ask: "fill"; readonly objects: number; readonly filling: Filling }
  | { readonly ask: "look"; readonly goal: Goal };

export type Tell = Ready | Found;

/** The CPU time of this process from now on. */
export function cpuMeter(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
}

/** The server's side: answers the parent process, and ends with it. */
export function answerParent(ready: Ready, answer: (ask: Ask) => Promise<Tell>): void {
  const tell = (one: Tell): void => void process.send?.(one);
  process.on("message", (ask: Ask) => {
    void answer(ask).then(tell);
  });
  process.on("disconnect", () => process.exit());
  tell(ready);
}
