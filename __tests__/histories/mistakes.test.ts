import { runHistories } from "../../bench/histories/many";
import type { Tamper } from "../../bench/histories/product";
import type { Appearance } from "../../src/reencrypt/appearance";
import type { CopyRequest, ObjectState, ObjectStore } from "../../src/s3/object-store";

/** More than any of these mistakes takes to be found. */
const HISTORIES = 4000;

/** The last state that was seen of each object, as the pipeline has it in its hands. */
function remembering(store: ObjectStore) {
  const seen = new Map<string, ObjectState>();
  const head: ObjectStore["head"] = async (request) => {
    const answer = await store.head(request);
    if (answer.is === "done" && request.versionId === undefined) seen.set(request.key, answer.value);
    return answer;
  };
  return { seen, head };
}

const changeOfCopy =
  (
    change: (request: CopyRequest, store: ObjectStore, seen: ReadonlyMap<string, ObjectState>) => Promise<CopyRequest>,
  ): Tamper =>
  (store) => {
    const { seen, head } = remembering(store);
    return { ...store, head, copy: async (request) => store.copy(await change(request, store, seen)) };
  };

const mistakes: Readonly<Record<string, Tamper>> = {
  "a copy without a condition on its destination": changeOfCopy(async (request) => ({
    ...request,
    ifMatch: undefined,
  })),

  "a copy without a condition on its source": changeOfCopy(async (request, store) => {
    const now = await store.head({ key: request.key });
    const ifMatch = now.is === "done" ? now.value.etag : request.source.ifMatch;
    return { ...request, ifMatch: undefined, source: { ...request.source, ifMatch } };
  }),

  // With a look at what is underneath, even this would be put right again.
  "a copy whose source is pinned to the version that was seen": (store) => {
    const { seen, head } = remembering(store);
    return {
      ...store,
      head,
      copy: (request) => {
        const versionId = request.source.versionId ?? seen.get(request.key)?.versionId;
        return store.copy({ ...request, source: { ...request.source, versionId } });
      },
      listVersions: async (request) =>
        request.versionIdMarker === undefined ? store.listVersions(request) : { is: "done", value: { versions: [] } },
    };
  },

  "no second look": (store) => {
    const done = new Map<string, string>();
    const { seen, head } = remembering(store);
    return {
      ...store,
      copy: async (request) => {
        const answer = await store.copy(request);
        if (answer.is === "done") done.set(request.key, answer.value.etag);
        return answer;
      },
      head: async (request) => {
        const etag = done.get(request.key);
        const last = seen.get(request.key);
        if (etag === undefined || last === undefined || request.versionId !== undefined) return head(request);
        done.delete(request.key);
        return { is: "done", value: { ...last, etag, encryption: { is: "AES256" } } };
      },
    };
  },

  "metadata that is sent instead of copied by S3": (store) => {
    const { seen, head } = remembering(store);
    return {
      ...store,
      head,
      copy: async (request) => {
        const { key, source, ifMatch } = request;
        const state = seen.get(key);
        const tags = await store.getTags({ key });
        if (!state || state.size === 0 || tags.is !== "done") return store.copy(request);
        const upload = await store.createUpload({
          ...request,
          headers: state.headers,
          metadata: state.metadata,
          tags: tags.value,
        });
        if (upload.is !== "done") return upload;
        const { uploadId } = upload.value;
        const part = await store.copyPart({ key, uploadId, source, number: 1, first: 0, last: state.size - 1 });
        if (part.is !== "done") return part;
        return store.completeUpload({ key, uploadId, parts: [part.value], ifMatch });
      },
    };
  },

  "tags that are set by a second request": (store, world, bucket, pause) => {
    const tags = new Map<string, Appearance["tags"]>();
    return {
      ...store,
      getTags: async (id) => {
        const answer = await store.getTags(id);
        if (answer.is === "done") tags.set(id.key, answer.value);
        return answer;
      },
      copy: async (request) => {
        const answer = await store.copy(request);
        await pause();
        const set = (tags.get(request.key) ?? []).map(
          ({ key, value }) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`,
        );
        const body = `<Tagging><TagSet>${set.join("")}</TagSet></Tagging>`;
        await world.ask({ method: "PUT", path: `/${bucket}/${request.key}`, query: "tagging=", body });
        return answer;
      },
    };
  },

  "a copy of a noncurrent version": (store) => ({
    ...store,
    updateEncryption: async (request) => {
      const looked = request.versionId === undefined ? undefined : await store.head(request);
      if (looked?.is !== "done") return store.updateEncryption(request);
      const { etag: ifMatch, storageClass } = looked.value;
      const source = { key: request.key, versionId: request.versionId, ifMatch };
      const { key, encryption } = request;
      const copied = await store.copy({ source, key, encryption, storageClass, grants: [] });
      return copied.is === "done" ? { is: "done", value: undefined } : copied;
    },
  }),

  "an update that does not name its version": (store) => ({
    ...store,
    updateEncryption: (request) => store.updateEncryption({ ...request, versionId: undefined }),
  }),

  "a look whose parts are of different moments": (store) => {
    const acls = new Map<string, ReturnType<ObjectStore["getAcl"]>>();
    return {
      ...store,
      head: (request) => {
        if (request.checksum && request.versionId === undefined) acls.set(request.key, store.getAcl(request));
        return (acls.get(request.key) ?? Promise.resolve()).then(() => store.head(request));
      },
      getAcl: (id) => acls.get(id.key) ?? store.getAcl(id),
    };
  },
};

/** Where the rarer ones are soon met, to save time. */
const firstSeeds: Readonly<Record<string, number>> = {
  "a look whose parts are of different moments": 590,
};

test.each(Object.entries(mistakes))(
  "histories find %s",
  async (name, tamper) => {
    const found = await runHistories(firstSeeds[name] ?? 1, HISTORIES, { mostBad: 1, tamper });
    expect(found.bad).toHaveLength(1);
  },
  600_000,
);

test("histories find a run that goes on without what its killed process had begun", async () => {
  const found = await runHistories(200, HISTORIES, { mostBad: 1, forgetful: true });
  expect(found.bad).toHaveLength(1);
}, 600_000);
