// What is typed and not saved yet, on this device: one entry a publication and member. A closed or full database is no
// reason to stop writing: the server's copy remains.
const opened = new Promise((done) => {
  try {
    const asked = indexedDB.open("tanggap", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("drafts");
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => done(null);
  } catch { done(null); }
});
async function ask(mode, deed) {
  const base = await opened;
  if (!base) return undefined;
  return new Promise((done) => {
    const asked = deed(base.transaction("drafts", mode).objectStore("drafts"));
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => done(undefined);
  });
}
export const put = (key, value) => ask("readwrite", (store) => store.put(value, key));
export const get = (key) => ask("readonly", (store) => store.get(key));
export const drop = (key) => ask("readwrite", (store) => store.delete(key));
